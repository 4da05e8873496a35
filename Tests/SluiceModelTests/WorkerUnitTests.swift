import SluiceModel
import Testing

@Suite("Names of workers' units")
struct WorkerUnitTests {
    @Test(
        "An instance makes a unit, and the unit tells the instance",
        arguments: [
            "caption", "llama-3:8b", "a.b_c-D9", "0", "-",
        ])
    func instance(_ name: String) throws {
        let unit = try #require(WorkerUnit(instance: name))
        #expect(unit.description == "sluice-worker@\(name).service")
        #expect(WorkerUnit(unit: unit.description) == unit)
    }

    @Test(
        "What could mean another file or unit is no instance",
        arguments: [
            "", ".", "..", ".hidden", "a/b", "a@b", "a b", "a\\x2db", "a\n", "é", "a%i",
            String(repeating: "a", count: WorkerUnit.longestInstance + 1),
        ])
    func refused(_ name: String) { #expect(WorkerUnit(instance: name) == nil) }

    @Test("Who is named after it is told from who cannot be")
    func user() {
        let has = ["caption", "a_b-c", String(repeating: "a", count: 25)]
        let hasNot = ["llama-3:8b", "a.b", String(repeating: "a", count: 26)]
        #expect(has.allSatisfy { WorkerUnit(instance: $0)?.hasUser == true })
        #expect(hasNot.allSatisfy { WorkerUnit(instance: $0)?.hasUser == false })
    }

    @Test(
        "Other units are none of a worker",
        arguments: [
            "sshd.service", "sluiced.service", "sluice-worker@.service", "sluice-worker@a.socket",
            "sluice-worker@a.service.service.d", "xsluice-worker@a.service", "sluice-worker@a",
        ])
    func others(_ unit: String) { #expect(WorkerUnit(unit: unit) == nil) }
}

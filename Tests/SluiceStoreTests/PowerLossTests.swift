import CPowerLoss
import Foundation
import SluiceModel
import Testing

@testable import SluiceStore

/// The files are made again as a power loss may have left them: what was synced, and of the rest
/// nothing, everything, or what chance leaves of each sector.
@Suite("A power loss", .serialized)
struct PowerLossTests {
    /// What crashes took.
    struct Damage {
        var crashes = 0
        /// Acknowledged, and not there or not whole.
        var lost = 0
        /// Not a store any more.
        var broken = 0
    }

    @Test("With durability power nothing that was acknowledged is missing", arguments: [1, 2, 3])
    func power(_ seed: UInt64) throws {
        let damage = try crashes(.power, seed: seed, count: 25)
        #expect(damage.crashes == 100)
        #expect(damage.lost == 0 && damage.broken == 0)
    }

    @Test("Where the disk does not sync what it is told to, this test sees the loss")
    func lyingDisk() throws {
        let damage = try crashes(.power, seed: 1, count: 10, ignoringSyncs: true)
        #expect(damage.lost > 0)
    }

    @Test("With durability process the last may be missing, and the file stays whole")
    func process() throws {
        let damage = try crashes(.process, seed: 2, count: 25)
        #expect(damage.lost > 0)
        #expect(damage.broken == 0)
    }

    /// A process that is killed leaves in the log what was never synced. The next one reads it.
    @Test("What the next daemon says is stored, is stored")
    func afterCrash() throws {
        let loss = PowerLoss()
        var random = SplitMix(seed: 5)
        // So that the end of the log is certainly not synced.
        try history(loss, .process, &random)
        var isSaid = 0
        for moment in (0..<12).map({ _ in random.below(loss.count) + 1 }).sorted() {
            var disk = Disk()
            disk.advance(to: moment, of: loss)
            let scratch = try Scratch()
            try disk.restore(.all, in: scratch.path, &random)
            let next = PowerLoss()
            var settings = StoreSettings()
            settings.durability = .power
            let lab = try StoreLab(settings, next.probes, in: scratch)
            let said = try stored(in: lab)
            isSaid += said.count
            disk.handOver()
            disk.advance(to: next.count, of: next)
            for remains in [Disk.Remains.synced, .some] {
                let later = try Scratch()
                try disk.restore(remains, in: later.path, &random)
                let left = try stored(in: try StoreLab(StoreSettings(), Self.unsynced, in: later))
                #expect(left.isSuperset(of: said))
            }
        }
        #expect(isSaid > 0)
    }

    private func stored(in lab: StoreLab) throws -> Set<RequestID> {
        let rows = try lab.ask((1...Self.requests).map { .look(id($0)) })
        return Set(try rows.compactMap { try $0.request()?.id })
    }

    /// Runs a store, and looks at what would be left of it after a loss of power at many moments.
    private func crashes(
        _ durability: Durability, seed: UInt64, count: Int, ignoringSyncs: Bool = false
    ) throws -> Damage {
        let loss = PowerLoss()
        powerloss_ignore_syncs(loss.layer, ignoringSyncs ? 1 : 0)
        var random = SplitMix(seed: seed)
        try history(loss, durability, &random)
        let moments = (0..<count).map { _ in random.below(loss.count) + 1 }.sorted()
        var disk = Disk()
        var damage = Damage()
        for moment in moments {
            disk.advance(to: moment, of: loss)
            for remains in [Disk.Remains.synced, .all, .some, .some] {
                damage.crashes += 1
                try examine(disk, remains, &random, &damage)
            }
        }
        return damage
    }

    private static let requests: UInt64 = 48

    /// Accepts, starts, finishes and deletes, with turns of several; after each answer a mark.
    private func history(
        _ loss: PowerLoss, _ durability: Durability, _ random: inout SplitMix
    ) throws {
        var settings = StoreSettings()
        settings.durability = durability
        let lab = try StoreLab(settings, loss.probes)
        var told = 0
        for number in stride(from: UInt64(1), through: Self.requests, by: 2) {
            var turn: [StoreOperation] = [
                .accept(request(number, bytes: Self.bytes(number))),
                .accept(request(number + 1, bytes: Self.bytes(number + 1))),
            ]
            if number > 6 {
                turn.append(.finish(id(number - 6), ending(.ok, Self.bytes(number - 6))))
            }
            if random.next() % 3 == 0 { turn.append(.expire(at: WallTime(milliseconds: 0))) }
            let answers = try lab.ask(turn)
            try #require(answers.allSatisfy { $0.refusal == nil })
            told = Int(number) + 1
            loss.mark(told)
        }
    }

    /// The payload of a request: some fill pages, and each is known by its bytes.
    private static func bytes(_ number: UInt64) -> [UInt8] {
        [UInt8](repeating: UInt8(number), count: 100 + Int(number % 5) * 2500)
    }

    private func examine(
        _ disk: Disk, _ remains: Disk.Remains, _ random: inout SplitMix, _ damage: inout Damage
    ) throws {
        let scratch = try Scratch()
        try disk.restore(remains, in: scratch.path, &random)
        let lab = try StoreLab(StoreSettings(), Self.unsynced, in: scratch)
        let opening = try lab.opening()
        if lab.events != [.opened(opening)] { damage.broken += 1 }
        guard disk.marked > 0 else { return }
        let numbers = Array(1...UInt64(disk.marked))
        let rows = try lab.ask(numbers.map { .look(id($0)) }).map { try $0.request() }
        let reads = try lab.ask(
            zip(numbers, rows).map { number, row in
                row?.conclusion == nil
                    ? .payload(id(number), upTo: 1 << 20) : .result(id(number), upTo: 1 << 20)
            })
        for ((number, row), read) in zip(zip(numbers, rows), reads) {
            let isFinished = number % 2 == 1 && Int(number) + 7 <= disk.marked
            guard let row, row.conclusion != nil || !isFinished,
                try read.bytes() == Self.bytes(number)
            else {
                damage.lost += 1
                continue
            }
        }
    }

    /// What is examined need not outlive anything.
    static let unsynced: StoreProbes = {
        let loss = PowerLoss()
        powerloss_forget(loss.layer, 1)
        return loss.probes
    }()
}

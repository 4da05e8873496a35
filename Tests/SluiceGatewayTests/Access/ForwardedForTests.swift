import SluiceGateway
import Testing

@Suite("Where a proxy says that requests come from")
struct ForwardedForTests {
    @Test(
        "The last is what our proxy wrote; before it stands what others told it",
        arguments: [
            (["198.51.100.7"], "198.51.100.7"),
            (["10.0.0.1, 198.51.100.7"], "198.51.100.7"),
            (["10.0.0.1", " 198.51.100.7\t"], "198.51.100.7"),
            (["[2001:db8::1]"], "2001:db8::1"),
        ])
    func last(_ headers: [String], _ address: String) {
        #expect(ForwardedFor.last(in: headers) == address)
    }

    @Test(
        "What says nothing says nothing",
        arguments: [[], [""], ["10.0.0.1,"], ["10.0.0.1, "], [String(repeating: "1", count: 65)]])
    func nothing(_ headers: [String]) {
        #expect(ForwardedFor.last(in: headers) == nil)
    }
}

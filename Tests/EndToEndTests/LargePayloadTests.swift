import CSluice
import Glibc
import SluiceClient
import SluiceModel
import SluiceSystem
import SluiceWire
import Testing

@Suite struct LargePayloadTests {
    @Test("Large payloads pass from client to worker and back, and never through the daemon")
    func passesBy() throws {
        let size = 64 << 20
        let daemon = try TestDaemon()
        let worker = try EchoWorker(daemon)
        let client = try daemon.client()
        // One of each kind, so that what is paid once is paid.
        _ = try client.outcome(of: try client.submit("echo", .json("[]")))
        let resident = try daemon.peakResidentBytes
        let descriptors = try daemon.settledDescriptors(clients: 1)
        for byte in UInt8(1)...3 {
            let content = Content([UInt8](repeating: byte, count: size), type: "image/raw")
            let number = try client.submit("echo", content)
            let outcome = try client.outcome(of: number)
            #expect(outcome.outcome == .completed)
            #expect(outcome.content == content)
        }
        try daemon.expectPeakMemory(below: resident + 8 << 20)
        try daemon.settle(to: descriptors)
        #expect(try daemon.stop() == .code(0))
        #expect(try worker.finish() == 4)
    }

    @Test("A file that its sender could still change is refused", arguments: Wrong.allCases)
    func refusesWrongFile(wrong: Wrong) throws {
        let daemon = try TestDaemon(configuration: "[function.echo]")
        let before = try daemon.settledDescriptors()
        let peer = try daemon.raw(.client)
        try peer.open()
        let (number, size) = try wrong.file()
        try peer.send(descriptors: [number]) { out in
            let submit = Submit(
                function: "echo", payload: Payload(nil, .inDescriptor(size: size)))
            ClientRequest.submit(RequestNumber(rawValue: 1), submit).encode(into: &out)
        }
        close(number)
        let farewell = try peer.farewell()
        #expect(farewell.code == Farewell.Code.protocol.rawValue)
        #expect(farewell.message.contains("SUBMIT: \(wrong.field)"), "\(farewell.message)")
        try daemon.settle(to: before)
    }

    enum Wrong: CaseIterable {
        case unsealed, ordinaryFile, socket, smaller, larger

        var field: String {
            switch self {
            case .unsealed, .ordinaryFile, .socket: "descriptors"
            case .smaller, .larger: "payload"
            }
        }

        /// The descriptor, and the size that the frame says it has.
        func file() throws -> (CInt, UInt64) {
            switch self {
            case .unsealed: return (try memoryFile(sealed: false), 4096)
            case .ordinaryFile: return (open("/etc/passwd", O_RDONLY), 16)
            case .socket: return (Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0), 16)
            case .smaller: return (try memoryFile(sealed: true), 4095)
            case .larger: return (try memoryFile(sealed: true), 4097)
            }
        }
    }
}

/// A file in memory of 4096 bytes.
private func memoryFile(sealed: Bool) throws -> CInt {
    let number = sluice_memfd_create("test")
    try #require(ftruncate(number, 4096) == 0)
    if sealed { try #require(sluice_memfd_seal(number) == 0) }
    return number
}

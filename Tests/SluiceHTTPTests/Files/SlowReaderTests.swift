import Hummingbird
import NIOCore
import SluiceGateway
import Synchronization
import Testing

@testable import SluiceHTTP

@Suite("Who reads a file slowly, while others need room")
struct SlowReaderTests {
    private static let slices = 4
    private static let size = slices * GatewayLimits.slice
    private let ann = Holder.address("a")
    private let bob = Holder.address("b")

    /// One that has room for so many files.
    private static func gateway(files: Int) throws -> Gateway {
        var settings = GatewaySettings.withoutDaemon
        settings.maxUploadsBytes = files * size
        return try Gateway(settings)
    }

    private static func add(to desk: UploadDesk, for holder: Holder) throws -> UploadPath {
        let file = try desk.begin("a", contentType: "text/plain", for: holder)
        try file.append([UInt8](repeating: 7, count: size)[...])
        return try file.keep().path
    }

    /// A file's bytes, as long as anybody has them.
    private struct Trace: Sendable {
        weak let kept: UploadDesk.Kept?
    }

    private static func read(
        _ path: UploadPath, of gateway: Gateway
    ) throws -> (body: ResponseBody, trace: Trace) {
        let upload = try #require(gateway.uploads.use(path))
        let body = FileRoutes(gateway: gateway).body(of: upload, 0..<upload.size)
        return (body, Trace(kept: upload.file))
    }

    /// Lets something happen behind each slice.
    private final class Reader: ResponseBodyWriter, Sendable {
        private let writes = Atomic(0)
        private let after: @Sendable (_ slices: Int) throws -> Void

        init(_ after: @escaping @Sendable (_ slices: Int) throws -> Void) { self.after = after }

        var slices: Int { writes.load(ordering: .relaxed) }

        func write(_ buffer: ByteBuffer) async throws {
            try after(writes.add(1, ordering: .relaxed).newValue)
        }

        func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    @Test("What went while it was read is nowhere in memory, and its answer breaks off")
    func gone() async throws {
        let gateway = try Self.gateway(files: 4)
        let desk = gateway.uploads
        let paths = try (0..<4).map { _ in try Self.add(to: desk, for: ann) }
        let (body, trace) = try Self.read(paths[0], of: gateway)
        let reader = Reader { [bob] slices in
            #expect(slices == 1 && trace.kept != nil)
            for path in paths[1...] { #expect(desk.use(path) != nil) }
            _ = try Self.add(to: desk, for: bob)
            #expect(desk.used == (files: 4, bytes: 4 * Self.size))
            #expect(trace.kept == nil)
        }
        let refusal = await #expect(throws: Refusal.self) { try await body.write(reader) }
        #expect(refusal?.code == "unknown_file" && reader.slices == 1)
    }

    @Test("Who reads uses a file with each slice, so others of its holder go first")
    func uses() async throws {
        let gateway = try Self.gateway(files: 2)
        let desk = gateway.uploads
        let (one, other) = (try Self.add(to: desk, for: ann), try Self.add(to: desk, for: ann))
        let (body, _) = try Self.read(one, of: gateway)
        let reader = Reader { [bob] slices in
            if slices == 1 { #expect(desk.use(other) != nil) }
            if slices == 2 { _ = try Self.add(to: desk, for: bob) }
        }
        try await body.write(reader)
        #expect(reader.slices == Self.slices)
        #expect(desk.use(one) != nil && desk.use(other) == nil)
    }
}

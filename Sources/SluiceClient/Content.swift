import SluiceSystem
import SluiceWire

/// The bytes of a request, a partial result or an answer, and what they are.
public struct Content: Hashable, Sendable {
    public var bytes: [UInt8]
    /// nil: application/octet-stream.
    public var type: String?

    public init(_ bytes: [UInt8], type: String? = nil) {
        self.bytes = bytes
        self.type = type
    }

    public static func json(_ text: String) -> Content {
        Content(Array(text.utf8), type: "application/json")
    }

    /// From so many bytes on they travel in a memory file, so that the daemon need not carry
    /// them. Below, making and mapping a file costs more than the copy it saves.
    static let inlineLimit = 256 << 10

    /// Whether they travel so. It counts against other limits of the daemon than what does not.
    public var travelsInFile: Bool { bytes.count >= Self.inlineLimit }

    var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension Content {
    /// Copies what came with a frame, which lives shorter than whoever asked for it.
    init(_ payload: Payload, from descriptors: inout DescriptorQueue) throws(ClientError) {
        type = payload.contentType
        switch payload.content {
        case .inline(let inline): bytes = Array(inline)
        case .inDescriptor(let size):
            guard let descriptor = descriptors.takeFirst() else {
                throw .protocolViolation("a descriptor did not come")
            }
            bytes = try Content.bytes(of: descriptor, size: size)
        }
    }

    private static func bytes(
        of descriptor: consuming Descriptor, size: UInt64
    ) throws(ClientError) -> [UInt8] {
        let file: MemoryFile
        do {
            file = try MemoryFile(received: descriptor)
        } catch {
            throw .protocolViolation("a descriptor that is no sealed memory file: \(error)")
        }
        guard UInt64(file.size) == size else {
            throw .protocolViolation("a memory file of another size than was said")
        }
        do {
            let mapping = try file.map()
            // The copy is made while the mapping lives.
            return withExtendedLifetime(mapping) { Array(mapping.bytes) }
        } catch {
            throw .system(error)
        }
    }

    /// Lends the payload to a frame, with the memory file that has to travel with it.
    func lend(
        _ body: (Payload, [CInt]) throws(ClientError) -> Void
    ) throws(ClientError) {
        guard bytes.count >= Content.inlineLimit else {
            return try bytes.span.bytes.withUnsafeBytes { inline throws(ClientError) in
                try body(Payload(type, .inline(inline)), [])
            }
        }
        let file = try memoryFile()
        try body(
            Payload(type, .inDescriptor(size: UInt64(file.size))), [file.descriptor.number])
    }

    private func memoryFile() throws(ClientError) -> MemoryFile {
        do {
            return try bytes.span.bytes.withUnsafeBytes { contents throws(SystemError) in
                try MemoryFile(named: "sluice-payload", contents: contents)
            }
        } catch {
            throw .system(error)
        }
    }
}

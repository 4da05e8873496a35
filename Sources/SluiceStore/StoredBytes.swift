import SluiceModel
import SluiceSystem

/// Bytes on their way into the store or out of it.
public enum StoredBytes: Sendable {
    case inline([UInt8])
    /// In a sealed memory file, which is read on the store's thread and closed with this value.
    case file(StoredFile)

    public static let none = StoredBytes.inline([])

    public var count: Int {
        switch self {
        case .inline(let bytes): bytes.count
        case .file(let file): file.memory.size
        }
    }

    /// Shows them, wherever they are.
    public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        switch self {
        case .inline(let bytes): return try bytes.withUnsafeBytes(body)
        case .file(let file):
            let mapping = try file.memory.map()
            return try body(mapping.bytes)
        }
    }
}

/// A memory file with several owners, the last of which closes it.
public final class StoredFile: Sendable {
    public let memory: MemoryFile
    public init(_ memory: consuming MemoryFile) { self.memory = memory }
}

/// What a client or a worker sent, opaque.
public struct StoredPayload: Sendable {
    /// nil: application/octet-stream.
    public var contentType: String?
    public var bytes: StoredBytes

    public init(_ contentType: String? = nil, _ bytes: StoredBytes) {
        self.contentType = contentType
        self.bytes = bytes
    }

    public static let none = StoredPayload(nil, .none)
}

/// One of a request's partial results.
public struct StoredChunk: Sendable {
    public var sequence: UInt64
    public var payload: StoredPayload

    public init(sequence: UInt64, payload: StoredPayload) {
        self.sequence = sequence
        self.payload = payload
    }
}

import SluiceModel
import SluiceStore
import SluiceSystem
import SluiceWire

// What comes out of the store is in memory, and leaves in frames as anything else: small inline,
// large in a file.

/// Above so many bytes it is put into a file: that much is not copied into each buffer on its way.
private let inlineBytes = 1 << 20

extension StoredPayload {
    /// A file for what is too large to travel inline; nil for what is not.
    func travellingFile() throws(SystemError) -> SharedFile? {
        switch bytes {
        case .file(let file): return file.size > inlineBytes ? file : nil
        case .inline(let bytes):
            guard bytes.count > inlineBytes else { return nil }
            return try bytes.withUnsafeBufferPointer { bytes throws(SystemError) in
                SharedFile(
                    try MemoryFile(
                        named: "sluice-stored", contents: UnsafeRawBufferPointer(bytes)))
            }
        }
    }

    /// Shows it as the payload of a frame, with the file that it travels in, if any.
    func withPayload<R>(
        _ file: SharedFile?, _ body: (Payload) -> R
    ) throws(SystemError) -> R {
        if let file {
            return body(Payload(contentType, .inDescriptor(size: UInt64(file.size))))
        }
        switch bytes {
        case .inline(let bytes):
            return bytes.withUnsafeBytes { body(Payload(contentType, .inline($0))) }
        case .file(let file):
            let mapping = try file.memory.map()
            return body(Payload(contentType, .inline(mapping.bytes)))
        }
    }
}

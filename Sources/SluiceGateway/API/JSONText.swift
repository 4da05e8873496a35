/// Whether bytes are JSON, without making values of them: a body of many small ones would take many
/// times its size, only to be passed on as it came.
enum JSONText {
    static func isValid(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            guard JSONScanner.isUTF8(bytes) else { return false }
            var scanner = JSONScanner(bytes: bytes)
            return scanner.value(depth: 0) && scanner.isAtEnd
        }
    }
}

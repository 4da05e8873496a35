/// Whether bytes are JSON, without making values of them: a body of many small ones would take many
/// times its size, only to be passed on as it came.
enum JSONText {
    static func isValid(_ bytes: [UInt8]) -> Bool {
        guard String(validating: bytes, as: UTF8.self) != nil else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes: bytes)
            return scanner.value(depth: 0) && scanner.isAtEnd
        }
    }
}

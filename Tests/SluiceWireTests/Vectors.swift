import Foundation
import Testing

/// Who sent a frame, as the vectors name it.
enum Sender: String, Decodable, Sendable {
    case client, worker
    case daemonToClient = "daemon-to-client"
    case daemonToWorker = "daemon-to-worker"
}

/// A well-formed frame, in hexadecimal and in words.
struct Vector: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var from: Sender
    var kind: String
    var hex: String
    var descriptors: Int
    var message: [String: JSON]

    var bytes: [UInt8] { unhex(hex) }
    var testDescription: String { name }

    static let all: [Vector] = ["opening", "client", "worker"].flatMap { load($0) }
}

/// A frame that must be refused.
struct InvalidVector: Decodable, Sendable, CustomTestStringConvertible {
    enum Stage: String, Decodable { case opening, open }

    var name: String
    var from: Sender
    var stage: Stage
    var hex: String
    /// How many really arrived.
    var descriptors: Int
    var code: String
    /// A piece of the message.
    var says: String

    var bytes: [UInt8] { unhex(hex) }
    var testDescription: String { name }

    static let all: [InvalidVector] = load("invalid")
}

/// The vectors of one file; none where it cannot be read, which a test of its own notices.
private func load<V: Decodable>(_ name: String) -> [V] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Vectors/wire/\(name).json")
    do {
        return try JSONDecoder().decode([V].self, from: Data(contentsOf: file))
    } catch {
        print("\(file.path): \(error)")
        return []
    }
}

func unhex(_ text: String) -> [UInt8] {
    let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    return stride(from: 0, to: digits.count - 1, by: 2).map {
        UInt8(digits[$0] << 4 | digits[$0 + 1])
    }
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

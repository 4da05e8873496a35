import SluiceModel

@testable import SluiceWire

// Messages in the words of the vectors.

extension AnyMessage {
    /// The message as the vectors describe it, but for the id.
    var inWords: [String: JSON] {
        switch self {
        case .hello(let hello): hello.inWords
        case .welcome(let welcome): welcome.inWords
        case .clientRequest(let request): request.inWords
        case .clientEvent(let event): event.inWords
        case .workerMessage(let message): message.inWords
        case .workerOrder(let order): order.inWords
        }
    }
}

/// The attributes that are there.
func attributes(_ pairs: KeyValuePairs<String, JSON?>) -> JSON {
    .object(
        Dictionary(
            uniqueKeysWithValues: pairs.compactMap { key, value in
                value.map { (key, $0) }
            }))
}

func itemInWords(_ item: Int?) -> JSON { item.map { .count($0) } ?? "all" }

extension Duration {
    var inWords: JSON { .count(nanoseconds / 1000) }
}

extension Ticket {
    var inWords: JSON { .string(withUnsafeBytes { hex($0) }) }
}

extension Payload {
    var typeInWords: JSON? { contentType.map { .string($0) } }

    /// The fields by which the vectors describe a payload.
    var inWords: [String: JSON] {
        switch content {
        case .inline(let bytes): ["payload": .string(hex(bytes))]
        case .inDescriptor(let size): ["payload_size": .count(size)]
        }
    }

    /// The same with the attributes of a frame that has no others.
    var attributedInWords: [String: JSON] {
        inWords.merging(["attributes": attributes(["content_type": typeInWords])]) { a, _ in a }
    }
}

extension Hello {
    var inWords: [String: JSON] {
        [
            "lowest_version": .count(lowestVersion), "highest_version": .count(highestVersion),
            "session": .string("\(session)"), "features": .count(features.rawValue),
            "attributes": attributes([
                "name": name.map { .string($0) }, "process": process.map { .count($0) },
            ]),
        ]
    }
}

extension Welcome {
    var inWords: [String: JSON] {
        [
            "version": .count(version), "instance": .string("\(instance)"),
            "features": .count(features.rawValue), "longest_body": .count(longestBody),
            "live_requests": .count(liveRequests),
            "attributes": attributes(["name": name.map { .string($0) }]),
        ]
    }
}

extension LinkMessage {
    var inWords: [String: JSON] {
        switch self {
        case .error(let farewell):
            ["code": .string(farewell.code), "message": .string(farewell.message)]
        case .restarting, .ping, .pong: [:]
        }
    }
}

extension Progress {
    var inWords: [String: JSON] {
        [
            "done": .count(done), "total": total.map { .count($0) } ?? .null,
            "unit": .string(unit), "description": .string(description),
        ]
    }
}

extension LogLine {
    var inWords: [String: JSON] {
        ["level": .count(level.rawValue), "message": .string(message)]
    }
}

extension Chunk {
    var inWords: [String: JSON] {
        payload.attributedInWords.merging(["sequence": .count(sequence)]) { a, _ in a }
    }
}

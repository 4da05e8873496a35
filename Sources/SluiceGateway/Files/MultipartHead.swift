/// What a part of a form says of itself.
public struct MultipartHead: Hashable, Sendable {
    /// The field.
    public var name: String
    /// Nil: it is no file.
    public var filename: String?
    public var contentType: String?

    /// Reads its lines, in order and without their ends.
    init(_ lines: [[UInt8]]) throws(MultipartError) {
        var disposition: HeaderValue?
        var type: String?
        for line in lines {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else {
                throw .badHead
            }
            let value = line[(colon + 1)...]
            switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
            case "content-disposition":
                guard disposition == nil, let said = HeaderValue(value) else { throw .badHead }
                disposition = said
            case "content-type":
                guard type == nil, let said = HeaderValue(value) else { throw .badHead }
                type = said.value
            default: break
            }
        }
        guard let disposition, disposition.value == "form-data",
            let name = disposition.parameters["name"]
        else { throw .badHead }
        self.name = name
        filename = disposition.parameters["filename"]
        contentType = type
    }
}

/// Why a body is no form.
public enum MultipartError: Error, Hashable, Sendable {
    /// What does not begin with the boundary that its header names.
    case noBoundary
    /// A part's head that is too long, or that is written wrongly.
    case headTooLong, badHead
    /// Behind a boundary stands something else.
    case badBoundary
    case tooManyParts
    /// It ends before its last boundary.
    case truncated
}

extension MultipartError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noBoundary: "it does not begin with its boundary"
        case .headTooLong: "a part's head is longer than \(GatewayLimits.multipartHead) bytes"
        case .badHead: "a part's head cannot be understood"
        case .badBoundary: "a boundary is followed by something else"
        case .tooManyParts: "it has more than \(GatewayLimits.multipartParts) parts"
        case .truncated: "it ends before its last boundary"
        }
    }
}

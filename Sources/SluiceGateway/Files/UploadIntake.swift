/// An upload as its body comes: which of it is kept, and what is wrong with it.
public struct UploadIntake {
    public enum Step: Hashable, Sendable {
        /// A file begins.
        case begin(name: String, contentType: String)
        /// Of the file that began last.
        case bytes(ArraySlice<UInt8>)
        case end
    }

    private var parser: MultipartParser
    private let limit: Int
    private var isKeeping = false
    private var fileBytes = 0
    /// Of fields that are not looked at.
    private var passedBytes = 0
    private var files = 0

    /// - Parameters:
    ///   - contentType: of the request.
    ///   - limit: bytes of a file.
    public init(contentType: String?, limit: Int) throws(Refusal) {
        guard let boundary = contentType.flatMap(MultipartParser.boundary(contentType:)) else {
            throw Refusal(
                400, "malformed", "an upload is multipart/form-data, and its header has a boundary")
        }
        parser = MultipartParser(boundary: boundary)
        self.limit = limit
    }

    /// Takes a piece. The one before it has to be read to its end by `next`.
    public mutating func receive(_ piece: ArraySlice<UInt8>) { parser.receive(piece) }

    /// What is to be done next; nil: it is in the next piece.
    public mutating func next() throws(Refusal) -> Step? {
        while true {
            let event: MultipartParser.Event?
            do {
                event = try parser.next()
            } catch {
                throw Refusal(error)
            }
            switch event {
            case nil: return nil
            case .begin(let head):
                isKeeping = head.name == "files" && head.filename != nil
                guard isKeeping, let name = head.filename else { continue }
                (fileBytes, files) = (0, files + 1)
                return .begin(
                    name: UploadName.cleaned(name),
                    contentType: ContentKind.checked(head.contentType))
            case .bytes(let bytes):
                guard isKeeping else {
                    passedBytes += bytes.count
                    guard passedBytes <= GatewayLimits.body else { throw .tooLarge(limit) }
                    continue
                }
                fileBytes += bytes.count
                guard fileBytes <= limit else { throw .tooLarge(limit) }
                return .bytes(bytes)
            case .end: if isKeeping { return .end }
            }
        }
    }

    /// Says that there are no more pieces.
    public func finish() throws(Refusal) {
        do {
            try parser.finish()
        } catch {
            throw Refusal(error)
        }
        guard files > 0 else {
            throw Refusal(400, "malformed", "the form has no file in a field named files")
        }
    }
}

extension Refusal {
    fileprivate init(_ error: MultipartError) {
        self.init(400, "malformed", "the upload is no form: \(error)")
    }

    public static func tooLarge(_ limit: Int) -> Refusal {
        Refusal(413, "too_large", "a file may have \(limit) bytes: that is --max-upload-bytes")
    }
}

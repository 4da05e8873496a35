import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import SluiceGateway
import SluiceSystem

/// Files in and out, as Gradio's clients ask for them. What they name is looked up in a table; no
/// path of theirs is opened.
struct FileRoutes: RouteGroup {
    let gateway: Gateway
    private let watch = UploadWatch()

    init(gateway: Gateway) { self.gateway = gateway }

    func add(to router: Router<GatewayContext>) {
        router.post("gradio_api/upload") { request, context in
            try await upload(request, for: context.holder)
        }
        router.get("gradio_api/upload_progress") { request, _ in try await progress(request) }
        router.look(at: "gradio_api/file=/**") { request, _ in try download(request) }
    }

    // MARK: In

    private func upload(_ request: Request, for holder: Holder) async throws -> Response {
        let id = request.uri.queryParameters["upload_id"].map { String($0) }
        if let id { watch.begin(id) }
        defer { if let id { watch.end(id) } }
        let files = try await receive(request, for: holder) { name, count in
            if let id { watch.note(id, name, count) }
        }
        var paths: [Value] = []
        for file in files { paths.append(.string(try file.keep().path.text)) }
        return Response(json: Value.array(paths).json)
    }

    /// Takes all files of a form. All or none are kept.
    private func receive(
        _ request: Request, for holder: Holder, _ tell: (_ name: String, _ count: Int) -> Void
    ) async throws(Refusal) -> [ArrivingUpload] {
        let settings = gateway.settings
        if let length = request.headers[.contentLength].flatMap({ Int($0) }),
            length > settings.maxUploadsBytes
        {
            throw .tooLarge(settings.maxUploadBytes)
        }
        var intake = try UploadIntake(
            contentType: request.headers[.contentType], limit: settings.maxUploadBytes)
        var files: [ArrivingUpload] = []
        var pieces = request.body.makeAsyncIterator()
        while let piece = try await pieces.piece(of: "upload") {
            intake.receive(Array(piece.readableBytesView)[...])
            while let step = try intake.next() {
                switch step {
                case .begin(let name, let contentType):
                    files.append(
                        try gateway.uploads.begin(name, contentType: contentType, for: holder))
                case .bytes(let bytes):
                    guard let file = files.last else { continue }
                    try file.append(bytes)
                    tell(file.name, bytes.count)
                case .end: break
                }
            }
        }
        try intake.finish()
        return files
    }

    private func progress(_ request: Request) async throws -> Response {
        guard let id = request.uri.queryParameters["upload_id"].map({ String($0) }) else {
            throw Refusal(400, "malformed", "upload_progress takes an upload_id")
        }
        let reading = try watch.read(id)
        return Response.events(to: request) { stream in try await reading.tell(&stream) }
    }

    // MARK: Out

    private func download(_ request: Request) throws -> Response {
        let asked = request.uri.path.split(separator: "file=", maxSplits: 1).last ?? ""
        guard let path = asked.removingPercentEncoding.flatMap({ UploadPath($0) }),
            let upload = gateway.uploads.use(path)
        else {
            throw Refusal.unknownFile
        }
        var headers = upload.headers
        switch ByteRange(request.headers[.range], size: upload.size) {
        case .whole:
            return Response(status: .ok, headers: headers, body: body(of: upload, 0..<upload.size))
        case .bytes(let range):
            headers[.contentRange] =
                "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(upload.size)"
            return Response(
                status: .partialContent, headers: headers, body: body(of: upload, range))
        case .unsatisfiable:
            headers[.contentRange] = "bytes */\(upload.size)"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
    }

    /// The bytes, as fast as they are read.
    ///
    /// Each slice is a use of the file, so who reads slowly keeps it from growing old; and in
    /// between the reader holds nothing of it, so bytes that are not counted any more are not there
    /// either. The answer breaks off where the file had to go.
    func body(of upload: UploadDesk.Upload, _ range: Range<Int>) -> ResponseBody {
        let (path, uploads) = (upload.path, gateway.uploads)
        return ResponseBody(contentLength: range.count) { writer in
            let slice = GatewayLimits.slice
            for start in stride(from: range.lowerBound, to: range.upperBound, by: slice) {
                let end = min(start + slice, range.upperBound)
                try await writer.write(try uploads.piece(of: path, start..<end))
            }
            try await writer.finish(nil)
        }
    }
}

extension UploadDesk.Upload {
    fileprivate var headers: HTTPFields {
        let shown = ContentKind.isShown(contentType) ? "inline" : "attachment"
        let name = UploadName.percentEncoded(path.name)
        return [
            .contentType: contentType,
            .contentDisposition: "\(shown); filename*=UTF-8''\(name)",
            .xContentTypeOptions: "nosniff",
            .contentSecurityPolicy: "sandbox; default-src 'none'",
            .acceptRanges: "bytes",
            .cacheControl: "private, max-age=\(Uploads<Void>.keeping.components.seconds)",
        ]
    }
}

extension UploadDesk {
    fileprivate func piece(of path: UploadPath, _ range: Range<Int>) throws -> ByteBuffer {
        guard let kept = use(path)?.file else { throw Refusal.unknownFile }
        let mapping = try kept.file.map()
        return withExtendedLifetime(mapping) {
            ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: mapping.bytes[range]))
        }
    }
}

extension Refusal {
    fileprivate static let unknownFile = Refusal(
        404, "unknown_file",
        "there is no such file, or it went, an hour after its last use or sooner for want of room"
    )
}

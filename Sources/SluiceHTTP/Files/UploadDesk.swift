import SluiceGateway
import SluiceSystem
import Synchronization

/// The files that the gateway keeps, in memory and nowhere else, for all routes.
public final class UploadDesk: Sendable {
    /// A file's bytes: nobody can change them. Who reads them holds them no longer than it copies.
    final class Kept: Sendable {
        let file: MemoryFile
        init(_ file: consuming MemoryFile) { self.file = file }
    }

    typealias Upload = Uploads<Kept>.Upload

    let settings: GatewaySettings
    private let uploads: Mutex<Uploads<Kept>>

    init(_ settings: GatewaySettings) {
        self.settings = settings
        uploads = Mutex(Uploads(limit: settings.maxUploadsBytes))
    }

    /// Of all files, those that are on their way among them.
    var used: (files: Int, bytes: Int) { uploads.withLock { ($0.count, $0.bytes) } }

    /// Begins a file that comes, or is made.
    func begin(
        _ name: String, contentType: String, isAnswer: Bool = false, for holder: Holder
    ) throws(Refusal) -> ArrivingUpload {
        let file: GrowingMemoryFile
        do {
            file = try GrowingMemoryFile(named: "sluice-upload")
        } catch {
            throw Refusal(error)
        }
        try change { uploads throws(Refusal) in
            try uploads.begin(for: holder, at: Loop.now())
        }
        return ArrivingUpload(
            file, name: name, contentType: contentType, isAnswer: isAnswer, holder: holder,
            desk: self)
    }

    /// A file that is known; nil for any other.
    func use(_ path: UploadPath) -> Upload? {
        uploads.withLock { $0.use(path, at: Loop.now()) }
    }

    /// Lets go of a file of which nobody knows.
    func remove(_ path: UploadPath) { uploads.withLock { $0.remove(path) } }

    fileprivate func grow(by count: Int, for holder: Holder) throws(Refusal) {
        try change { uploads throws(Refusal) in
            try uploads.grow(by: count, for: holder, at: Loop.now())
        }
    }

    fileprivate func abandon(bytes: Int, of holder: Holder) {
        uploads.withLock { $0.abandon(bytes: bytes, of: holder) }
    }

    fileprivate func complete(_ upload: Upload) { uploads.withLock { $0.complete(upload) } }

    /// `withLock` carries no typed errors.
    private func change(
        _ body: (inout Uploads<Kept>) throws(Refusal) -> Void
    ) throws(Refusal) {
        try uploads.withLock { uploads -> Result<Void, Refusal> in
            do throws(Refusal) {
                try body(&uploads)
                return .success(())
            } catch {
                return .failure(error)
            }
        }.get()
    }
}

/// A file on its way into the table. Dropped before it is there, it leaves nothing.
final class ArrivingUpload {
    let name: String
    private let contentType: String
    private let isAnswer: Bool
    private let holder: Holder
    private let desk: UploadDesk
    private var file: GrowingMemoryFile?
    private var size = 0

    fileprivate init(
        _ file: consuming GrowingMemoryFile, name: String, contentType: String, isAnswer: Bool,
        holder: Holder, desk: UploadDesk
    ) {
        self.file = consume file
        self.name = name
        self.contentType = contentType
        self.isAnswer = isAnswer
        self.holder = holder
        self.desk = desk
    }

    deinit {
        guard file != nil else { return }
        desk.abandon(bytes: size, of: holder)
    }

    func append(_ bytes: ArraySlice<UInt8>) throws(Refusal) {
        try desk.grow(by: bytes.count, for: holder)
        size += bytes.count
        do {
            try bytes.span.bytes.withUnsafeBytes { piece throws(SystemError) in
                try file?.append(piece)
            }
        } catch {
            throw Refusal(error)
        }
    }

    /// Puts it into the table. To be called once.
    func keep() throws(Refusal) -> UploadDesk.Upload {
        guard let file = file.take() else { preconditionFailure("a file is kept twice") }
        do {
            let path = UploadPath(random: try Randomness.bytes(16), name: name)
            let upload = UploadDesk.Upload(
                path, contentType: contentType, size: size, isAnswer: isAnswer, holder: holder,
                file: UploadDesk.Kept(try file.sealed()), at: Loop.now())
            desk.complete(upload)
            return upload
        } catch {
            desk.abandon(bytes: size, of: holder)
            throw Refusal(error)
        }
    }
}

extension Refusal {
    /// The machine has no memory or no descriptors left for files.
    init(_ error: SystemError) {
        self.init(
            503, "uploads_full", "the machine has no room for the file: \(error)",
            retryAfter: .seconds(10))
    }
}

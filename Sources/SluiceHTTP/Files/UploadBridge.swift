import SluiceGateway
import SluiceSystem

/// Files of Gradio's clients as parts for workers, and back, by the gateway's table.
public struct UploadBridge: FileBridge {
    let desk: UploadDesk
    /// Who is counted for what is answered.
    let holder: Holder
    /// The gateway as its client names it, `http://HOST:PORT`, where files are downloaded from;
    /// empty where its client knows that itself.
    let root: String

    public func incoming(
        _ data: [Value], claim: (Int) throws(Refusal) -> Void
    ) throws(Refusal) -> (values: [Value], parts: [Part]) {
        try FileData.incoming(
            data, limit: desk.settings.maxUploadBytes,
            find: { path in
                desk.use(path).map {
                    FileData.Found(
                        name: $0.path.name, contentType: $0.contentType, size: $0.size,
                        file: $0.file)
                }
            }, claim: claim,
            read: { (kept: UploadDesk.Kept) throws(Refusal) in try kept.copied() })
    }

    public func outgoing(_ value: Value, _ parts: [Part], _ kept: inout [UploadPath]) -> Value {
        FileData.outgoing(value, parts) { name, contentType, bytes throws(Refusal) in
            let arriving = try desk.begin(
                name, contentType: contentType, isAnswer: true, for: holder)
            for piece in bytes { try arriving.append(piece) }
            let upload = try arriving.keep()
            kept.append(upload.path)
            return FileData.value(
                upload.path, contentType: upload.contentType, size: upload.size, root: root)
        }
    }

    public func letGo(of files: [UploadPath]) {
        for file in files { desk.remove(file) }
    }
}

extension UploadDesk {
    /// The bridge for a client that reaches the gateway at `root`, and whose answers count for
    /// `holder`.
    public func bridge(for holder: Holder, root: String = "") -> UploadBridge {
        UploadBridge(desk: self, holder: holder, root: root)
    }
}

extension UploadDesk.Kept {
    fileprivate func copied() throws(Refusal) -> ArraySlice<UInt8> {
        do {
            let mapping = try file.map()
            // The copy is made while the mapping lives.
            return withExtendedLifetime(mapping) { Array(mapping.bytes)[...] }
        } catch {
            throw Refusal(error)
        }
    }
}

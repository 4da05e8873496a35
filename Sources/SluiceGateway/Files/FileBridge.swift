/// Between the files of Gradio's protocol, which are JSON that names a place, and those of workers,
/// which are parts of an envelope.
public protocol FileBridge: Sendable {
    /// Arguments as workers get them: what names a file that was uploaded becomes a part.
    ///
    /// - Parameter claim: told the bytes of all files before the first is copied; throws where they
    ///   are too many now.
    func incoming(
        _ data: [Value], claim: (Int) throws(Refusal) -> Void
    ) throws(Refusal) -> (values: [Value], parts: [Part])
    /// A result as clients get it: a part becomes what names a file that can be downloaded.
    ///
    /// - Parameter kept: gets the files that were kept for it.
    func outgoing(_ value: Value, _ parts: [Part], _ kept: inout [UploadPath]) -> Value
    /// Of these files nobody was told after all.
    func letGo(of files: [UploadPath])
}

extension FileBridge {
    /// Who keeps nothing has nothing to let go of.
    public func letGo(of files: [UploadPath]) {}
}

/// No files: arguments travel as they are, and bytes are null.
public struct PlainFiles: FileBridge {
    public init() {}

    /// Who copies nothing has nothing to claim.
    public func incoming(
        _ data: [Value], claim: (Int) throws(Refusal) -> Void
    ) throws(Refusal) -> (values: [Value], parts: [Part]) { (data, []) }

    /// Parts are null in the text of a value.
    public func outgoing(_ value: Value, _ parts: [Part], _ kept: inout [UploadPath]) -> Value {
        value
    }
}

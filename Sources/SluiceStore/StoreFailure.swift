import GRDB

/// What an error of SQLite means for the store.
enum StoreFailure: Error {
    /// The file is not what it should be: it is put aside.
    case damaged(String)
    /// Neither the file nor the log can grow.
    case full
    /// Reading or writing failed: what the connection knows may be wrong, and it is opened anew.
    case disk(String)
    case other(String)
    /// The file is sound and not for us.
    case trouble(StoreTrouble)

    init(_ error: any Error) {
        guard let error = error as? DatabaseError else {
            self = (error as? StoreFailure) ?? .other("\(error)")
            return
        }
        let text = "SQLite: \(error.message ?? "error") (\(error.extendedResultCode.rawValue))"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(text)
        case .SQLITE_FULL: self = .full
        case .SQLITE_IOERR: self = .disk(text)
        default: self = .other(text)
        }
    }
}

import FoundationEssentials
import GRDB
import SluiceModel
import SluiceSystem

/// Reads the cells of a row from left to right. What a column cannot hold is damage: a bit that
/// turned on the disk must not end the daemon.
struct Cells {
    private let row: Row
    private var column = 0

    init(_ row: Row) { self.row = row }

    private mutating func next() -> DatabaseValue {
        defer { column += 1 }
        return row[column]
    }

    private func damage() -> DatabaseError {
        DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a cell that makes no sense")
    }

    mutating func integerIfAny() throws -> Int64? {
        let value = next()
        if value.isNull { return nil }
        guard case .int64(let number) = value.storage else { throw damage() }
        return number
    }

    mutating func integer() throws -> Int64 {
        guard let number = try integerIfAny() else { throw damage() }
        return number
    }

    /// A number that cannot be negative.
    mutating func count() throws -> Int {
        let number = try integer()
        guard number >= 0 else { throw damage() }
        return Int(number)
    }

    mutating func real() throws -> Double {
        switch next().storage {
        case .double(let number): return number
        case .int64(let number): return Double(number)
        case .null, .string, .blob: throw damage()
        }
    }

    mutating func textIfAny() throws -> String? {
        let value = next()
        if value.isNull { return nil }
        guard case .string(let text) = value.storage else { throw damage() }
        return text
    }

    mutating func text() throws -> String {
        guard let text = try textIfAny() else { throw damage() }
        return text
    }

    mutating func span() throws -> Duration? { try integerIfAny().map { .nanoseconds($0) } }
    mutating func moment() throws -> WallTime { WallTime(milliseconds: try integer()) }
    mutating func request() throws -> RequestID { RequestID(row: try integer()) }

    mutating func state() throws -> StoredState {
        guard let state = StoredState(rawValue: Int(try integer())) else { throw damage() }
        return state
    }

    /// Bytes of which so many were put in. Many go into a memory file, in which they can travel on.
    mutating func bytes(_ count: Int) throws -> StoredBytes {
        let value = next()
        guard count > 0 else { return .none }
        guard case .blob(let data) = value.storage, data.count == count else { throw damage() }
        guard count > Self.inlineBytes else { return .inline([UInt8](data)) }
        let file = try data.withUnsafeBytes { bytes in
            StoredFile(try MemoryFile(named: "sluice-stored", contents: bytes))
        }
        return .file(file)
    }

    private static let inlineBytes = 64 << 10
}

extension RequestID {
    /// As the tables have it. Numbers that are too large for that were never stored.
    var row: Int64 { Int64(bitPattern: rawValue) }
    init(row: Int64) { self.init(rawValue: UInt64(bitPattern: row)) }
}

extension StoredBytes {
    /// Shows them to SQLite, which copies what it is given.
    func withData<R>(_ body: (Data) throws -> R) throws -> R {
        try withBytes { bytes in
            guard let start = bytes.baseAddress else { return try body(Data()) }
            // SQLite has its copy when the body returns; nobody writes to this one.
            let address = UnsafeMutableRawPointer(mutating: start)
            return try body(
                Data(bytesNoCopy: address, count: bytes.count, deallocator: .none))
        }
    }
}

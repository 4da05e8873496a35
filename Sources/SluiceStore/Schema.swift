import GRDB

/// The tables, by version.
///
/// A version that was released is never edited: what comes later is a migration of its own, and a
/// file of each version is a fixture of the tests. `user_version` holds the number, where it can be
/// read without opening the file as a database.
enum Schema {
    /// In the header of the file, so that nobody takes it for another's: "Slui".
    static let applicationID: Int32 = 0x536c_7569
    static let version = 2

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            try db.execute(sql: "PRAGMA user_version = 1")
            try db.execute(sql: first)
        }
        // No key is touched, so none is checked: in a large store that would take long.
        migrator.registerMigration("2", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: second)
            try db.execute(sql: "PRAGMA user_version = 2")
        }
        return migrator
    }

    /// What a store must have, or it is none.
    static let tables = ["request", "payload", "result", "chunk", "statistics"]

    /// Durations are nanoseconds, moments milliseconds since 1970, and numbers of 64 bits their
    /// bit patterns. Bytes are apart from the rows, so that lists do not read them. Numbers are not
    /// given twice (AUTOINCREMENT), be the request long deleted.
    private static let first = """
        CREATE TABLE request (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user INTEGER NOT NULL,
            session_high INTEGER NOT NULL,
            session_low INTEGER NOT NULL,
            number INTEGER NOT NULL,
            caller TEXT,
            function TEXT NOT NULL,
            content_type TEXT,
            payload_bytes INTEGER NOT NULL,
            queue_timeout INTEGER,
            exec_timeout INTEGER,
            deadline INTEGER,
            enqueued_at INTEGER NOT NULL,
            retry_of INTEGER,
            state INTEGER NOT NULL DEFAULT 0,
            attempts INTEGER NOT NULL DEFAULT 0,
            charged INTEGER NOT NULL DEFAULT 0,
            chunks INTEGER NOT NULL DEFAULT 0,
            chunk_bytes INTEGER NOT NULL DEFAULT 0,
            lost_chunks INTEGER NOT NULL DEFAULT 0,
            finished_at INTEGER,
            code TEXT,
            message TEXT,
            result_type TEXT,
            result_bytes INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX request_by_origin
            ON request(user, session_high, session_low, number);
        CREATE INDEX request_unfinished ON request(id) WHERE state < 2;
        CREATE INDEX request_by_end ON request(finished_at) WHERE state = 2;
        CREATE INDEX request_by_function ON request(function, id);
        CREATE INDEX request_by_user ON request(user, id);

        CREATE TABLE payload (
            request INTEGER PRIMARY KEY REFERENCES request(id) ON DELETE CASCADE,
            bytes BLOB NOT NULL
        ) STRICT;
        CREATE TABLE result (
            request INTEGER PRIMARY KEY REFERENCES request(id) ON DELETE CASCADE,
            bytes BLOB NOT NULL
        ) STRICT;
        CREATE TABLE chunk (
            request INTEGER NOT NULL REFERENCES request(id) ON DELETE CASCADE,
            sequence INTEGER NOT NULL,
            content_type TEXT,
            bytes BLOB NOT NULL,
            PRIMARY KEY (request, sequence)
        ) STRICT;

        CREATE TABLE statistics (
            id INTEGER PRIMARY KEY,
            function TEXT NOT NULL UNIQUE,
            weight REAL NOT NULL,
            n REAL NOT NULL,
            nn REAL NOT NULL,
            t REAL NOT NULL,
            nt REAL NOT NULL,
            squared_error REAL NOT NULL,
            batches INTEGER NOT NULL,
            batch_ceiling INTEGER
        ) STRICT;
        """

    /// What functions take of a device's memory.
    private static let second = """
        ALTER TABLE statistics ADD COLUMN memory INTEGER;
        ALTER TABLE statistics ADD COLUMN memory_per_item INTEGER;
        """
}

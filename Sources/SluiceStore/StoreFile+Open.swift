import GRDB

extension StoreFile {
    /// Opens the store, and begins a new one where the old is damaged.
    ///
    /// - Parameter aside: is told of each file that was put aside.
    func open(
        _ settings: StoreSettings, settingAside aside: (SetAside) -> Void
    ) throws(StoreTrouble) -> DatabaseQueue {
        do throws(StoreFailure) {
            return try openOnce(settings)
        } catch {
            guard case .damaged(let reason) = error else { throw trouble(error) }
            aside(try setAside(reason: reason))
        }
        do throws(StoreFailure) {
            return try openOnce(settings)
        } catch {
            throw trouble(error)
        }
    }

    private func trouble(_ failure: StoreFailure) -> StoreTrouble {
        switch failure {
        case .damaged(let text), .disk(let text), .other(let text): .system("\(path): \(text)")
        case .full: .system("\(path): the disk is full")
        case .trouble(let trouble): trouble
        }
    }

    private func openOnce(_ settings: StoreSettings) throws(StoreFailure) -> DatabaseQueue {
        do {
            if let header = try prepare() {
                guard !header.isForeign else { throw StoreFailure.damaged("not a store") }
                try refuseNewer(header.version)
            }
            let queue = try DatabaseQueue(path: name, configuration: configuration(settings))
            do {
                try check(queue)
                try migrate(queue)
                try carryOver(queue)
            } catch {
                // Before the file is moved, or opened by whom it is for.
                try queue.close()
                throw error
            }
            return queue
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            throw .trouble(.inUse(path: path))
        } catch {
            throw StoreFailure(error)
        }
    }

    /// The path as SQLite is given it.
    private var name: String {
        guard let vfs = probes.vfs else { return path }
        return "file:\(path)?vfs=\(vfs)"
    }

    private func refuseNewer(_ version: Int) throws {
        guard version > Schema.version else { return }
        throw StoreFailure.trouble(.newer(path: path, version: version, known: Schema.version))
    }

    /// Alone with the file: without the shared memory in which several processes would agree, and
    /// with a second daemon refused.
    private func configuration(_ settings: StoreSettings) -> Configuration {
        var configuration = Configuration()
        configuration.label = "store"
        configuration.prepareDatabase { db in
            try db.execute(
                sql: """
                    PRAGMA locking_mode = EXCLUSIVE;
                    PRAGMA secure_delete = FAST;
                    PRAGMA cell_size_check = ON;
                    PRAGMA trusted_schema = OFF;
                    PRAGMA temp_store = MEMORY;
                    """)
            try refuseForeign(db)
            // Saying it writes it, so it is said once, to a file that has no page yet.
            if try db.number("PRAGMA page_count") == 0 {
                try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            }
            let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
            guard mode == "wal" else {
                throw StoreFailure.other("SQLite keeps no write-ahead log here")
            }
            try db.execute(
                sql: """
                    PRAGMA journal_size_limit = \(StoreLimits.journalBytes);
                    PRAGMA wal_autocheckpoint = \(probes.checkpointPages);
                    """)
            try db.apply(settings)
        }
        return configuration
    }

    /// Nothing was written yet.
    private func refuseForeign(_ db: Database) throws {
        let owner = try db.number("PRAGMA application_id")
        guard owner != Int(Schema.applicationID) else { return }
        // Of ours nothing is there before the first migration but the table of migrations.
        let others = "SELECT count(*) FROM sqlite_schema WHERE tbl_name <> 'grdb_migrations'"
        guard owner == 0, try db.number(others) == 0 else {
            throw StoreFailure.damaged("not a store")
        }
    }

    private func check(_ queue: DatabaseQueue) throws {
        try queue.writeWithoutTransaction { db in
            // The header may have been older than the log.
            try refuseNewer(try db.number("PRAGMA user_version"))
            let pages = try db.number("PRAGMA page_count")
            guard pages * (try db.number("PRAGMA page_size")) <= StoreLimits.checkedBytes else {
                return
            }
            let word = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "no answer"
            guard word == "ok" else { throw StoreFailure.damaged(word.replacing("\n", with: " ")) }
        }
    }

    private func migrate(_ queue: DatabaseQueue) throws {
        let version = try queue.writeWithoutTransaction { try $0.number("PRAGMA user_version") }
        if version < Schema.version { try Schema.migrator.migrate(queue) }
        try queue.writeWithoutTransaction { db in
            for table in Schema.tables where try !db.tableExists(table) {
                throw StoreFailure.damaged("it has no table \(table)")
            }
        }
    }

    /// Empties the log into the file. What a process left in it that was killed, or whose disk
    /// failed, may be read, and told, and never have been synced; and the header of the file has to
    /// say the version.
    private func carryOver(_ queue: DatabaseQueue) throws {
        do {
            _ = try queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
            // The log was synced before there was no room to carry it over.
        }
    }
}

extension Database {
    /// What follows from the settings, outside a transaction.
    func apply(_ settings: StoreSettings) throws {
        let level =
            switch settings.durability {
            // Synced only before the log is carried over: what a crash of the machine takes is
            // the end of the log.
            case .process: "NORMAL"
            case .power: "FULL"
            }
        let pageSize = max(1, try number("PRAGMA page_size"))
        let pages = max(settings.maxStoredBytes, StoreLimits.leastStoredBytes) / pageSize
        try execute(sql: "PRAGMA synchronous = \(level); PRAGMA max_page_count = \(pages)")
    }

    /// Bytes of the file that are not free to be used again.
    func bytesInUse() throws -> Int {
        let pages = try number("PRAGMA page_count") - number("PRAGMA freelist_count")
        return pages * (try number("PRAGMA page_size"))
    }

    /// The one number that a query yields.
    func number(_ sql: String) throws -> Int {
        try Int.fetchOne(cachedStatement(sql: sql)) ?? 0
    }
}

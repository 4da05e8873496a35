import SluiceEngine
import SluiceModel
import SluiceSystem
import SluiceWire
import Testing

@testable import SluiceDaemon
@testable import SluiceStore

@Suite struct LogRecordTests {
    @Test("There is an example of every kind, and each field is somebody's")
    func complete() {
        #expect(Set(LogExamples.all.map(\.id)) == Set(MessageID.allCases))
        let fields = LogExamples.all.reduce(into: Set()) { $0.formUnion($1.fields.keys) }
        #expect(fields == Set(LogField.allCases))
    }

    @Test("Ids are 128 bits in hexadecimal, and no two kinds have one")
    func ids() {
        for id in MessageID.allCases {
            #expect(id.rawValue.wholeMatch(of: /[0-9a-f]{32}/) != nil, "\(id)")
        }
        #expect(Set(MessageID.allCases.map(\.rawValue)).count == MessageID.allCases.count)
    }

    @Test("Fields have names that the journal takes", arguments: LogField.allCases)
    func names(field: LogField) {
        #expect(field.rawValue.wholeMatch(of: /[A-Z][A-Z0-9_]{0,63}/) != nil)
    }

    @Test("Who changed which limit, from what to what")
    func changed() {
        let change = Change(
            key: "concurrency_limit", old: .limit(.at(1)), new: .limit(.none), source: .override)
        let record = LogRecord.of(.changed(.queue("gpu_queue"), change, .command), by: 1000)
        #expect(
            record
                == LogRecord(
                    .changed, .notice,
                    "queue gpu_queue: concurrency_limit changed from 1 to none, by user 1000",
                    [
                        .queue: "gpu_queue", .key: "concurrency_limit", .old: "1", .new: "none",
                        .cause: "command", .user: "1000",
                    ]))
        #expect(
            record?.assignments.map { "\($0.name)=\($0.value)" } == [
                "MESSAGE_ID=\(MessageID.changed.rawValue)", "SLUICE_CAUSE=command",
                "SLUICE_KEY=concurrency_limit",
                "SLUICE_NEW=none", "SLUICE_OLD=1", "SLUICE_QUEUE=gpu_queue", "SLUICE_USER=1000",
            ])
    }

    @Test("What operators do is never left out; what peers bring about has a bound")
    func bounded() {
        let change = Change(
            key: "max_batch_size", old: .count(1), new: .count(2), source: .declaration)
        func isBounded(_ cause: Cause) -> Bool? {
            LogRecord.of(.changed(.function("f"), change, cause), by: nil)?.isBounded
        }
        #expect(isBounded(.command) == false)
        #expect(isBounded(.reload(by: nil)) == false)
        #expect(isBounded(.declaration(function: "f")) == true)
        for record in LogExamples.all where record.id != .changed {
            #expect(record.isBounded == (record.id.bounded != nil))
        }
        let bounded = Set(LogExamples.all.filter(\.isBounded).map(\.id))
        #expect(bounded.isDisjoint(with: [.held, .unchanged, .cancelled, .forgotten, .reloaded]))
        #expect(bounded.isSuperset(of: [.dismissed, .connectionLost, .workerLost]))
    }

    @Test("What nobody did names no user")
    func nobody() {
        let hung = LogRecord.of(.workerHung(WorkerID(rawValue: 7), name: "sdxl"), by: nil)
        #expect(hung?.fields == [.worker: "7", .workerName: "sdxl"])
        #expect(LogRecord.reloaded(by: nil).fields == [:])
        #expect(LogRecord.reloaded(by: nil).message == "configuration reloaded by SIGHUP")
        #expect(LogRecord.reloaded(by: 0).message == "configuration reloaded by user 0")
    }

    @Test("What is counted agrees with its number, and none is not told")
    func numbers() {
        func back(_ requests: Int, _ grants: Int, _ unclaimed: Int) -> String {
            let notice = Notice.reclaimed(
                requests: requests, grants: grants, unclaimed: unclaimed)
            return String(notice.message.dropFirst("back after the restart: ".count))
        }
        #expect(back(1, 1, 0) == "1 request and 1 batch")
        #expect(back(0, 2, 1).hasSuffix("2 batches; nobody came for 1 request that a worker has"))
        #expect(back(2, 0, 3).hasSuffix("nobody came for 3 requests that workers have"))
        func opened(_ unfinished: Int) -> String {
            LogRecord.of(.opened(.init(path: "/s", unfinished: unfinished, lastRequest: nil)))
                .message
        }
        #expect(opened(1) == "/s is open: it has 1 detached request without an outcome")
        #expect(opened(2) == "/s is open: it has 2 detached requests without an outcome")
    }

    @Test("The everyday is not logged")
    func everyday() {
        let worker = WorkerID(rawValue: 1)
        let request = RequestID(rawValue: 1)
        for notice: Notice in [
            .workerAttached(worker, name: "w", process: 1), .workerDetached(worker, name: "w"),
            .request(request, function: "f", queue: "f", .admitted),
        ] { #expect(LogRecord.of(notice, by: nil) == nil) }
        #expect(LogRecord.of(.status(Control.Status()), by: 0, changes: 0) == nil)
        let set = Control.Set(target: .daemon, values: ["max_running": .number(3)])
        // The notice of each value tells of it.
        #expect(LogRecord.of(.set(set), by: 0, changes: 1) == nil)
    }

    @Test("A call that changed nothing says what was asked for")
    func unchanged() {
        let values: [String: Control.SettingValue] = ["max_wait": .number(1), "max_size": .none]
        let set = Control.Set(target: .queue("q"), values: values)
        let record = LogRecord.of(.set(set), by: 3, changes: 0)
        #expect(
            record?.message
                == "queue q: max_size, max_wait set by user 3 to what was in force already")
        #expect(record?.fields == [.queue: "q", .key: "max_size max_wait", .user: "3"])
    }

    @Test("Every error of a configuration is a message that names its place")
    func configuration() {
        let errors = [
            ConfigurationError(file: "a.toml", line: 2, key: "max_size", message: "is 0"),
            ConfigurationError(file: "b.toml", message: "cannot be read"),
        ]
        let refused = LogRecord.reloadRefused(errors, by: 7)
        #expect(
            refused.map(\.id) == [
                .configurationInvalid, .configurationInvalid, .reloadRefused,
            ])
        #expect(refused[0].fields == [.file: "a.toml", .line: "2", .key: "max_size"])
        #expect(refused[1].fields == [.file: "b.toml"])
        #expect(refused[2].fields == [.count: "2", .user: "7"])
        #expect(LogRecord.failed(.configuration(errors)) == Array(refused.prefix(2)))
    }

    @Test("A name that a peer chose writes no line of its own, and moves no cursor")
    func forgedName() {
        let name = "bad\nsluiced stopping\u{1b}[31m\u{2028}"
        let lost = Notice.workerLost(WorkerID(rawValue: 7), name: name, unanswered: 1)
        let record = LogRecord.of(lost, by: nil)
        #expect(record?.message.contains(#"bad\nsluiced stopping\u{1B}[31m\u{2028}"#) == true)
        // For programs it is what it is: the field goes with its length.
        #expect(record?.fields[.workerName] == name)
    }

    @Test("Who was sent away is named so that an operator can find it")
    func dismissed() {
        let dismissal = Dismissal(
            role: .worker, serial: 5, process: 99, user: 1000,
            farewell: Farewell(.slowReader, "deaf"))
        let record = LogRecord.dismissed(dismissal)
        #expect(record.message == "worker 5 (process 99, user 1000): deaf")
        #expect(
            record.fields == [
                .worker: "5", .process: "99", .user: "1000", .code: "slow_reader",
            ])
    }
}

import SluiceEngine
import SluiceModel
@testable import SluiceStore
import SluiceSystem
import SluiceWire

@testable import SluiceDaemon

/// A record of every kind, made as the daemon makes it, with every field that it may have.
enum LogExamples {
    static let all =
        life + notices + calls + peers + state + store + units + [
            .deviceNote("NVML does not answer")
        ]

    private static let error = ConfigurationError(
        file: "/etc/sluice/sluiced.toml", line: 3, key: "queue.q.max_size", message: "no number")
    private static let full = SystemError("write", "/state/overrides.json.new", code: 28)

    private static let life: [LogRecord] =
        [
            .started(in: "/run/sluice", keeping: nil, UniqueID(high: 1, low: 2)),
            .stopping(on: .terminate, waiting: 3, running: 4),
            .doubtful(error), .reloaded(by: 1000),
        ] + LogRecord.failed(.system(SystemError("bind", code: 13)))
        + LogRecord.failed(.socket(.inUse("/run/sluice/client.sock")))
        + LogRecord.reloadRefused([error], by: 1000)

    private static let change = Change(
        key: "concurrency_limit", old: .limit(.at(1)), new: .limit(.at(3)), source: .override)
    private static let noticed: [(Notice, UInt32?)] = [
        (.workerLost(WorkerID(rawValue: 7), name: "sdxl", unanswered: 2), nil),
        (.workerHung(WorkerID(rawValue: 7), name: "sdxl"), nil),
        (.workerRecovered(WorkerID(rawValue: 7), name: "sdxl"), nil),
        (.functionPaused(function: "f", deaths: 3), nil),
        (.limitsDisagree(queue: "q", declared: ["f: 1", "g: 2"], inForce: .at(1)), nil),
        (.deviceFound(DeviceDescription(name: "gpu0", kind: .nvidia)), nil),
        (.deviceCordoned("gpu0", .fault("Xid 48")), nil),
        (.deviceUncordoned("gpu0"), nil),
        (.deviceCordoned("gpu0", .byOperator("a new fan"), isCommanded: true), 1000),
        (.deviceUncordoned("gpu0", isCommanded: true), 1000),
        (.held(.worker(WorkerID(rawValue: 7)), .draining), 1000),
        (.drained(.queue("q")), nil),
        (.reclaimed(requests: 37, grants: 4, unclaimed: 1), nil),
        (.notRestored(.function("f"), key: "max_batch_size"), nil),
        (.changed(.queue("q"), change, .command), 1000),
        (.changed(.daemon, change, .reload(by: nil)), nil),
        (.changed(.queue("q"), change, .declaration(function: "f")), nil),
    ]
    private static let notices = noticed.compactMap { LogRecord.of($0, by: $1) }

    private static let called: [Control.Call] = [
        .set(Control.Set(target: .queue("q"), values: ["max_size": .number(3)])),
        .revert(Control.Revert(target: .function("f"))), .cancel(Control.Cancel(id: 17)),
        .forget(Control.Forget(function: "f")),
    ]
    private static let units: [LogRecord] = [nil, BusError("Access denied", code: 13)]
        .compactMap { error in
            WorkerUnit(instance: "caption").flatMap {
                .of(Units.Outcome(order: .hung($0), error: error))
            }
        }

    private static let calls = called.compactMap { LogRecord.of($0, by: 1000, changes: 0) }

    private static let peers: [LogRecord] = [
        .dismissed(
            Dismissal(
                role: .client, serial: 5, process: 99, user: 1000,
                farewell: Farewell(.protocol, "kind 0x47 is unknown"))),
        .dismissed(
            Dismissal(
                role: .worker, serial: 6, process: 98, user: 1001,
                farewell: Farewell(.tooMany, "max_workers of 1 is reached"))),
        .connectionLost(on: .worker, SystemError("pidfd_open", code: 22)),
        .connectionsWait(SystemError("accept4", code: 24)),
        .leftOut(.dismissed, 9980),
    ]

    private static let state: [LogRecord] = [
        .stateNotRead(
            .damaged("/state/functions.json", aside: "/state/functions.json.damaged"),
            "functions are unknown until their workers are back"),
        .stateNotRead(.system(full), "changes are not in force"),
        .stateNotWritten("/state/overrides.json", full),
        .stateOpen("/state", "has mode 0755; run 'chmod 0700 /state'"),
    ]

    private static let happened: [StoreEvent] = [
        .opened(StoreOpening(path: "/state/requests.sqlite", unfinished: 3, lastRequest: nil)),
        .setAside(
            SetAside(
                path: "/state/requests.sqlite", aside: "/state/requests.sqlite.damaged-1",
                reason: "malformed")),
        .unavailable(.newer(path: "/state/requests.sqlite", version: 2, known: 1)),
        .unavailable(.inUse(path: "/state/requests.sqlite")),
        .unavailable(.tooManyDamaged(path: "/state/requests.sqlite", count: 8)),
        .unavailable(.system("no such directory")), .diskFull(true), .diskFull(false),
    ]
    private static let store: [LogRecord] =
        happened.map { LogRecord.of($0) } + [
            .retried(RequestID(rawValue: 1), as: RequestID(rawValue: 2), by: 1000),
            .discarded(RequestID(rawValue: 1), by: 1000),
            .outcomeNotStored(RequestID(rawValue: 1), .refused(.storeFull)),
            .outcomeNotStored(RequestID(rawValue: 1), .refused(.failed("disk I/O error"))),
        ]

    /// Fields that every record of the kind has.
    static func certain(of id: MessageID) -> Set<LogField> {
        let fields = all.filter { $0.id == id }.map { Set($0.fields.keys) }
        return fields.dropFirst().reduce(fields.first ?? []) { $0.intersection($1) }
    }
}

import SluiceClient
import SluiceWire

/// What went wrong: for a person what to do about it, for a script a code.
struct ToolFailure: Error, Hashable {
    /// Each is told for itself; at least one.
    let messages: [String]
    let code: ExitStatus

    var message: String { messages.joined(separator: "\n") }

    init(_ message: String, _ code: ExitStatus) {
        messages = [visible(lines: message)]
        self.code = code
    }

    init(_ error: ClientError, in place: Surroundings) {
        switch error {
        case .notRunning(let socket): self.init(place.notRunning(socket), .notRunning)
        case .silent(let socket, let time): self.init(place.silent(socket, time), .notRunning)
        case .notPermitted(let socket): self.init(place.notPermitted(socket), .notPermitted)
        case .unusablePath(let path): self.init("'\(path)' cannot be a socket's path", .usage)
        case .invalidName(let name):
            self.init("'\(name)' is not a name: printable ASCII, no space, no slash", .usage)
        case .closed: self.init(place.closed, .failure)
        case .notBack(let socket, let time):
            self.init(place.notBack(socket, time), .notRunning)
        case .streamRestarted:
            self.init(
                "sluiced restarted and could not take the request back: it was to begin anew, "
                    + "behind a part of its result that is here already, and is cancelled",
                .failure)
        case .chunksLost:
            self.init(
                "a part of the result was lost as sluiced restarted; the request is cancelled",
                .failure)
        case .refused(.permissionDenied(let group)):
            self.init(place.notPermitted(group: group), .notPermitted)
        case .refused(let error): self.init(error)
        case .unsupported(let error):
            self.init("sluiced and sluicectl are of different versions: \(error)", .failure)
        case .noDevices: self.init("this sluiced is an older one, without devices", .failure)
        case .devicesClosed(let left):
            self.init("SLUICE_DEVICE leaves \(left.joined(separator: ","))", .failure)
        case .dismissed(_, let message):
            self.init("sluiced ended the connection: \(message)", .failure)
        case .protocolViolation(let reason):
            self.init("what answers is no sluiced that we understand: \(reason)", .failure)
        case .system(let error): self.init(error.description, .failure)
        }
    }

    /// - Parameter requests: at least one.
    init(notLive requests: [UInt64]) {
        let listed = requests.map { "\($0)" }.joined(separator: ", ")
        let what =
            requests.count == 1
            ? "request \(listed) is not live: it has its outcome, or never was"
            : "not live: \(listed): they have their outcomes, or never were"
        let kept = requests.count == 1 ? listed : "ID"
        self.init(
            what + meant(nil, see: "requests")
                + "; 'sluicectl request \(kept)' shows one that is kept",
            .unknown)
    }

    /// Several that each happened for itself; nil: none did.
    init?(all failures: [ToolFailure]) {
        guard let first = failures.first else { return nil }
        messages = failures.flatMap(\.messages)
        code = first.code
    }

    init(notKnown request: UInt64) {
        self.init(
            "request \(request) is not known: it has its outcome and is not stored, or never was"
                + meant(nil, see: "requests --detached"), .unknown)
    }

    /// About a command that is about stored requests alone.
    init(notStored request: UInt64) {
        self.init(
            "request \(request) is not stored: it was not detached, was discarded, or never was"
                + meant(nil, see: "requests --detached"), .unknown)
    }

    init(_ error: ControlError) {
        switch error {
        case .unknownQueue(let name, let nearest):
            self.init("there is no queue '\(name)'" + meant(nearest, see: "queues"), .unknown)
        case .unknownFunction(let name, let nearest):
            self.init("there is no function '\(name)'" + meant(nearest, see: "functions"), .unknown)
        case .unknownWorker(let id):
            self.init("there is no worker \(id)" + meant(nil, see: "workers"), .unknown)
        case .unknownDevice(let name, let nearest):
            self.init("there is no device '\(name)'" + meant(nearest, see: "devices"), .unknown)
        case .deviceLost(let name):
            self.init(
                "device \(name) is not there; it is used again uncordon_after it is found, or by "
                    + "uncordon then", .failure)
        case .unknownRequest(let id):
            self.init(notLive: [id])
        case .notRetryable(let id, let reason):
            self.init("request \(id) cannot be submitted once more: \(reason)", .failure)
        case .notFinished(let id):
            self.init(
                "request \(id) has no outcome yet; 'sluicectl cancel \(id)' gives it one", .failure)
        case .storeFailed(let reason):
            self.init("there are no detached requests to be had: \(reason)", .rejected)
        case .storeFull:
            self.init(
                "there is no room for another detached request: max_stored_bytes is reached, or "
                    + "the disk is full; 'sluicectl discard' makes room", .rejected)
        case .notAKey(let key, let target, let keys):
            let known = keys.isEmpty ? "none" : keys.joined(separator: ", ")
            self.init(
                "\(target) has no setting \(key); it has: \(known)" + elsewhere(key), .usage)
        case .valueOutOfRange(let key, let value, let allowed):
            self.init("\(key) cannot be \(value); allowed: \(allowed)", .usage)
        case .inUse(let function):
            self.init(
                "function \(function) is served, asked for or configured; stop its workers, or "
                    + "take its table out of the configuration", .failure)
        case .notKept(let reason):
            self.init(
                "it is in force, but will not be after a restart: \(reason)", .failure)
        case .configurationInvalid(let errors):
            let lines = errors.map(\.asLine).joined(separator: "\n")
            self.init("the configuration is wrong, the old one stays:\n\(lines)", .configuration)
        case .permissionDenied(let group):
            self.init("permission denied: this is for root and the group \(group)", .notPermitted)
        case .unitFailed(let unit, let reason): self.init("\(unit): \(reason)", .failure)
        case .tooMany(let what, let limit):
            self.init("sluiced keeps at most \(limit) \(what); try again later", .rejected)
        }
    }
}

private func meant(_ nearest: String?, see command: String) -> String {
    if let nearest { return "; did you mean '\(nearest)'?" }
    return "; see 'sluicectl \(command)'"
}

/// Where a setting belongs that was given to something else.
private func elsewhere(_ key: String) -> String {
    guard let key = Control.SettingKey(rawValue: key) else { return "" }
    let places: [(Control.Target, String)] = [
        (.daemon, "set --daemon"), (.queue(""), "set QUEUE"),
        (.function(""), "set --function NAME"),
    ]
    let fitting = places.filter { key.belongs(to: $0.0) }.map {
        "'sluicectl \($0.1) \(key.rawValue)=…'"
    }
    return "\nIt is for \(fitting.joined(separator: " or "))."
}

extension Control.ConfigurationError {
    /// `FILE:LINE: KEY: MESSAGE`, as editors and compilers have it.
    fileprivate var asLine: String {
        [line.map { "\(file):\($0)" } ?? file, key, message].compactMap { $0 }
            .joined(separator: ": ")
    }
}

/// Every kind of message there is, by the `MESSAGE_ID` that the journal finds it under and
/// `systemd/sluice.catalog` explains.
///
/// They were drawn at random once. One that was released is never given to another kind.
enum MessageID: String, Hashable, Sendable, CaseIterable {
    /// The daemon serves.
    case started = "233205abf78b4a2b91c132d80534b601"
    /// It was told to stop.
    case stopping = "16155c33457141ff89cd6fae6aee73d9"
    /// It could not start, or not go on.
    case failed = "1d15ad5fca31452883534b657bdc273e"
    /// One thing that is wrong with the configuration.
    case configurationInvalid = "137177283cb6437d9fbee7024fa86f4c"
    /// One thing in it that an operator may not have meant.
    case configurationDoubtful = "7b822cdb3455405c93da8f10fbabedc6"
    case reloaded = "491d6a21eaa1415b8731647271cf4478"
    case reloadRefused = "ee0cfa7024de4d58b11a3a3329012500"
    /// A value in force is another.
    case changed = "71244966e4dc492fb6ec7ea49cacac88"
    /// Something was set or reverted, and no value in force is another.
    case unchanged = "8b161241657546f29ac14a9cecad1223"
    /// Something was paused, resumed or drained.
    case held = "7ff7e2eca8ff4d97a1fbc9c19c2925ba"
    /// A drain has finished its work.
    case drained = "b296b19d2acc433fb14180feea8611c3"
    /// A value that was kept is none any more that its key can have.
    case notRestored = "ebc725e100684a5caf35f58b8082f0b9"
    /// An operator cancelled a request.
    case cancelled = "22ae27cb21e849d2be85b091cd310951"
    /// An operator had a function forgotten.
    case forgotten = "962731cfb89b477a95053c572733f5b7"
    /// An operator had a stored request taken in once more.
    case retried = "55333af0a0e1499684790d022d3b83af"
    /// An operator discarded a stored request and its result.
    case discarded = "fb755350309848198a4625a33c2d3917"
    case workerLost = "7160ab13524b4778bcd96a34953e9e94"
    case workerHung = "d1d783f2596d41319c3afb714920b1fb"
    case workerRecovered = "d52b19ab3bae432b86642c48fa9e6924"
    /// systemd was asked to start, stop or restart a worker's unit, and does.
    case unitOrdered = "546ce6fee1294c36b6f3e6d76a786ca0"
    /// It does not.
    case unitRefused = "b762c38b6e2147e9820ef7d680476207"
    /// Its workers died again and again.
    case functionPaused = "a79a7535d2944365afcba8493e603cca"
    /// Functions of a queue declare different limits.
    case limitsDisagree = "2c57126ac7a949168b94e3b6aafdf963"
    case deviceFound = "5f5c1f1f0bd64b6f8b8d5a4b7f5a2d10"
    /// Nothing more starts on it.
    case deviceCordoned = "0b4b2f0c9d3e4b0e9a6f3c7d21e85b44"
    /// What a driver of devices has to say.
    case deviceNote = "c2c9b65d8c50489faf517f29c8cc00e5"
    case deviceUncordoned = "c3d1c0a47e6f4f52b0c9a1d8e4f70963"
    /// The time to come back after a restart is over.
    case reclaimed = "49841dcc2fe84a04991fd03aca0b21bd"
    /// The daemon ended a connection, and told the peer why.
    case dismissed = "c2de619e65234064a3b8096e44c92e58"
    /// A connection could not be taken.
    case connectionLost = "de12a2237bbd4ab7bf699ffd97d02662"
    /// No connection can be taken for a while.
    case connectionsWait = "2646e75a81ac4e698f2dcc682c1c52a5"
    /// A file of the state directory is damaged or cannot be read.
    case stateNotRead = "477473466ebc4aa786bc8795bf1d8192"
    case stateNotWritten = "bda01ce1ffa54922b76a205d668d2309"
    /// Others can look into the state directory.
    case stateOpen = "92f8c398931a40e9a4a73a719c74b3b8"
    /// The file of detached requests can be used.
    case storeOpened = "887e95d04aeb40128f86221a960d556a"
    /// It was damaged, and is put aside.
    case storeDamaged = "e285c304240244929f98d3a961781620"
    /// It cannot be used.
    case storeFailed = "8f7fc035b58f4937b8c6e9badebe7c5e"
    /// The disk that it is on is full.
    case storeFull = "7ed44a0262f540eea2a71f35bcba8cb8"
    case storeHasRoom = "d9c6a39ad6fa4a16ba6dfd128f731a3f"
    /// It does not take an outcome.
    case outcomeWaits = "7a546449a50842b4af5200abfb75b588"
    /// More messages of one kind came than are worth logging.
    case leftOut = "55975b8533f14adba18b5f6e855b2e5f"

    /// What messages of the kind are about that peers can bring about as often as they like; nil
    /// where it takes an operator, or the machine itself.
    var bounded: String? {
        switch self {
        case .changed: "values that declarations changed"
        case .workerLost: "lost workers"
        case .workerHung: "hung workers"
        case .workerRecovered: "workers that answered after all"
        case .unitOrdered: "units of workers that systemd was asked about"
        case .unitRefused: "units of workers that systemd did nothing with"
        case .limitsDisagree: "limits that disagree"
        case .deviceFound: "devices found"
        case .deviceCordoned: "cordoned devices"
        case .deviceNote: "notes of device drivers"
        case .deviceUncordoned: "devices used again"
        case .dismissed: "ended connections"
        case .connectionLost: "lost connections"
        case .connectionsWait: "connections that wait"
        case .stateNotWritten: "files that were not written"
        // A disk that fails at every other request is opened anew as often.
        case .storeOpened: "openings of the file of detached requests"
        case .storeFailed: "the file of detached requests"
        case .storeFull: "a full disk"
        case .storeHasRoom: "a disk that has room again"
        case .outcomeWaits: "outcomes that wait for room"
        case .started, .stopping, .failed, .configurationInvalid, .configurationDoubtful,
            .reloaded, .reloadRefused, .unchanged, .held, .drained, .notRestored,
            .cancelled, .forgotten, .retried, .discarded, .functionPaused, .reclaimed,
            .stateNotRead, .stateOpen, .storeDamaged, .leftOut:
            nil
        }
    }
}

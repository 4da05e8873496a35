import SluiceWire

extension FuzzTarget {
    /// The first byte is the seed of how the messages behind it are cut.
    static let varlinkCalls = FuzzTarget(name: "varlink-calls") { input throws(Finding) in
        for message in try varlinkMessages(input) { try checkCall(message) }
    }

    /// The first byte is the seed of how the messages behind it are cut, and says which reply they
    /// are taken for.
    static let varlinkReplies = FuzzTarget(name: "varlink-replies") { input throws(Finding) in
        for message in try varlinkMessages(input) {
            guard let reply = try? VarlinkReply(message: message) else { continue }
            try checkRefusal(reply)
            switch (input.first ?? 0) % 8 {
            case 0: try checkReply(reply, to: Control.Status.self)
            case 1: try checkReply(reply, to: Control.ListQueues.self)
            case 2: try checkReply(reply, to: Control.ListFunctions.self)
            case 3: try checkReply(reply, to: Control.ListWorkers.self)
            case 4: try checkReply(reply, to: Control.ListRequests.self)
            case 5: try checkReply(reply, to: Control.Explain.self)
            case 6: try checkReply(reply, to: Control.Set.self)
            default: try checkReply(reply, to: Control.Monitor.self)
            }
        }
    }
}

/// The limit of a message while fuzzing: low, so that it is reached.
private let limit = 2048

/// The messages of a stream, which are the same however it is cut.
private func varlinkMessages(_ input: [UInt8]) throws(Finding) -> [[UInt8]] {
    guard let seed = input.first else { return [] }
    let bytes = Array(input.dropFirst())
    let cuttings = Cutting.all(seed: seed, bytes: bytes.count)
    let heard = cuttings.map { cut(bytes, $0) }
    for (cutting, other) in zip(cuttings, heard) {
        try require(
            other.messages == heard[0].messages && other.error == heard[0].error,
            "\(cutting): \(other), but in one piece: \(heard[0])")
    }
    return heard[0].messages
}

private func cut(
    _ bytes: [UInt8], _ cutting: Cutting
) -> (messages: [[UInt8]], error: VarlinkError?) {
    var decoder = VarlinkDecoder(limit: limit)
    var messages: [[UInt8]] = []
    do throws(VarlinkError) {
        for piece in cutting.pieces(of: bytes) {
            decoder.receive(piece)
            while let message = try decoder.next() { messages.append(message) }
        }
        return (messages, nil)
    } catch {
        return (messages, error)
    }
}

/// A call that is understood says the same when it is written and read again.
private func checkCall(_ message: [UInt8]) throws(Finding) {
    guard let call = try? VarlinkCall(message: message) else { return }
    _ = call.interface
    let meant: Control.Call
    do throws(VarlinkServiceError) {
        meant = try Control.Call(call)
    } catch {
        guard let reply = try? VarlinkReply(message: error.message.dropLast()) else {
            throw Finding("\(error) is no reply")
        }
        return try require(
            VarlinkServiceError(reply) == error, "\(error) is read as another error")
    }
    let written = meant.message(more: call.more)
    do {
        let again = try Control.Call(try VarlinkCall(message: written.dropLast()))
        try require(again == meant, "\(meant) is \(again) after it was written and read")
    } catch let finding as Finding {
        throw finding
    } catch {
        throw Finding("\(error) in \(String(decoding: written, as: UTF8.self))")
    }
}

/// A refusal that is understood says the same when it is written and read again.
private func checkRefusal(_ reply: VarlinkReply) throws(Finding) {
    if let error = VarlinkServiceError(reply) {
        let again = try? VarlinkReply(message: error.message.dropLast())
        try require(again.flatMap { VarlinkServiceError($0) } == error, "\(error) changes")
    }
    if let error = ControlError(reply) {
        let again = try? VarlinkReply(message: error.message.dropLast())
        try require(again.flatMap { ControlError($0) } == error, "\(error) changes")
    }
}

private func checkReply<Method: VarlinkMethod>(
    _ reply: VarlinkReply, to method: Method.Type
) throws(Finding) {
    guard let meant = try? reply.parameters(as: Method.Reply.self) else { return }
    let written = VarlinkReply.message(meant)
    do {
        let again = try VarlinkReply(message: written.dropLast())
            .parameters(as: Method.Reply.self)
        try require(
            VarlinkJSON.text(again) == VarlinkJSON.text(meant),
            "\(meant) is \(again) after it was written and read")
    } catch let finding as Finding {
        throw finding
    } catch {
        throw Finding("\(error) in \(String(decoding: written, as: UTF8.self))")
    }
}

extension Control.Call {
    /// The bytes of the call, its zero included.
    fileprivate func message(more: Bool) -> [UInt8] {
        switch self {
        case .status(let method): Self.message(method, more)
        case .listQueues(let method): Self.message(method, more)
        case .getQueue(let method): Self.message(method, more)
        case .listFunctions(let method): Self.message(method, more)
        case .describeFunctions(let method): Self.message(method, more)
        case .getMetrics(let method): Self.message(method, more)
        case .listWorkers(let method): Self.message(method, more)
        case .listDevices(let method): Self.message(method, more)
        case .listRequests(let method): Self.message(method, more)
        case .getRequest(let method): Self.message(method, more)
        case .explain(let method): Self.message(method, more)
        case .listDetached(let method): Self.message(method, more)
        case .getDetached(let method): Self.message(method, more)
        case .set(let method): Self.message(method, more)
        case .revert(let method): Self.message(method, more)
        case .pause(let method): Self.message(method, more)
        case .resume(let method): Self.message(method, more)
        case .drain(let method): Self.message(method, more)
        case .cordon(let method): Self.message(method, more)
        case .uncordon(let method): Self.message(method, more)
        case .cancel(let method): Self.message(method, more)
        case .forget(let method): Self.message(method, more)
        case .startWorker(let method): Self.message(method, more)
        case .stopWorker(let method): Self.message(method, more)
        case .retry(let method): Self.message(method, more)
        case .discard(let method): Self.message(method, more)
        case .monitor(let method): Self.message(method, more)
        case .reload(let method): Self.message(method, more)
        case .getInfo(let method): Self.message(method, more)
        case .getInterfaceDescription(let method): Self.message(method, more)
        }
    }

    private static func message<Method: VarlinkMethod>(_ method: Method, _ more: Bool) -> [UInt8] {
        VarlinkCall.message(Method.name, method, more: more)
    }
}

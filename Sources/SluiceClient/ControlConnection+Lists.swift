import SluiceWire

// Lists come in pages, so that no reply is too long; whoever wants all asks here.

extension ControlConnection {
    public func queues() throws(ClientError) -> [Control.Queue] {
        var all: [Control.Queue] = []
        var after: String?
        repeat {
            let page = try call(Control.ListQueues(after: after))
            all += page.queues
            after = page.next
        } while after != nil
        return all
    }

    public func functions(of queue: String? = nil) throws(ClientError) -> [Control.Function] {
        var all: [Control.Function] = []
        var after: String?
        repeat {
            let page = try call(Control.ListFunctions(concurrencyID: queue, after: after))
            all += page.functions
            after = page.next
        } while after != nil
        return all
    }

    /// What workers said about functions, where they said something.
    public func descriptions() throws(ClientError) -> [Control.FunctionDescription] {
        var all: [Control.FunctionDescription] = []
        var after: String?
        repeat {
            let page = try call(Control.DescribeFunctions(after: after))
            all += page.functions
            after = page.next
        } while after != nil
        return all
    }

    /// What is counted, of all functions.
    public func metrics() throws(ClientError) -> Control.GetMetrics.Reply {
        var all = try call(Control.GetMetrics(limit: 1000))
        while let after = all.next {
            let page = try call(Control.GetMetrics(after: after, limit: 1000))
            all.functions += page.functions
            all.next = page.next
        }
        return all
    }

    public func workers() throws(ClientError) -> [Control.Worker] {
        var all: [Control.Worker] = []
        var after: UInt64?
        repeat {
            let page = try call(Control.ListWorkers(after: after))
            all += page.workers
            after = page.next
        } while after != nil
        return all
    }

    /// All devices, or the one of that name.
    public func devices(_ name: String? = nil) throws(ClientError) -> [Control.Device] {
        var all: [Control.Device] = []
        var after: String?
        repeat {
            let page = try call(Control.ListDevices(device: name, after: after))
            all += page.devices
            after = page.next
        } while after != nil
        return all
    }

    /// The oldest live requests, of one queue or function or of all, at most so many.
    public func requests(
        of queue: String? = nil, function: String? = nil, atMost most: Int = .max
    ) throws(ClientError) -> [Control.Request] {
        var all: [Control.Request] = []
        var after: UInt64?
        repeat {
            let page = try call(
                Control.ListRequests(
                    concurrencyID: queue, function: function, after: after,
                    limit: most == .max ? nil : most - all.count))
            all += page.requests
            after = page.next
        } while after != nil && all.count < most
        return all
    }

    /// The oldest stored requests that match, at most so many.
    ///
    /// - Parameter filter: its place and limit are not looked at.
    public func detached(
        _ filter: Control.ListDetached = .init(), atMost most: Int = .max
    ) throws(ClientError) -> [Control.Detached] {
        var all: [Control.Detached] = []
        var question = filter
        question.after = nil
        repeat {
            question.limit = most == .max ? nil : most - all.count
            // A page may be empty, and others follow it.
            let page = try call(question)
            all += page.requests
            question.after = page.next
        } while question.after != nil && all.count < most
        return all
    }
}

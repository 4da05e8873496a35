import SluiceWire

// Lists come in pages, so that no reply is too long; whoever wants all asks here.

extension ControlConnection {
    public func queues() throws(ClientError) -> [Control.Queue] {
        try all({ Control.ListQueues(after: $0) }, \.queues, \.next)
    }

    public func functions(of queue: String? = nil) throws(ClientError) -> [Control.Function] {
        try all({ Control.ListFunctions(concurrencyID: queue, after: $0) }, \.functions, \.next)
    }

    /// What workers said about functions, where they said something.
    public func descriptions() throws(ClientError) -> [Control.FunctionDescription] {
        try all({ Control.DescribeFunctions(after: $0) }, \.functions, \.next)
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
        try all({ Control.ListWorkers(after: $0) }, \.workers, \.next)
    }

    /// All devices, or the one of that name.
    public func devices(_ name: String? = nil) throws(ClientError) -> [Control.Device] {
        try all({ Control.ListDevices(device: name, after: $0) }, \.devices, \.next)
    }

    /// What is on all pages, each asked for behind the place that the one before it names.
    private func all<Page: VarlinkMethod, Item, Place>(
        _ page: (Place?) -> Page, _ items: KeyPath<Page.Reply, [Item]>,
        _ next: KeyPath<Page.Reply, Place?>
    ) throws(ClientError) -> [Item] {
        var all: [Item] = []
        var after: Place?
        repeat {
            let reply = try call(page(after))
            all += reply[keyPath: items]
            after = reply[keyPath: next]
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

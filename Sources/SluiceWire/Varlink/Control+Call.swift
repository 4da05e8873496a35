extension Control {
    /// Every call that the control socket answers: what the daemon switches over.
    public enum Call: Hashable, Sendable {
        case status(Status)
        case listQueues(ListQueues)
        case getQueue(GetQueue)
        case listFunctions(ListFunctions)
        case describeFunctions(DescribeFunctions)
        case getMetrics(GetMetrics)
        case listWorkers(ListWorkers)
        case listDevices(ListDevices)
        case listRequests(ListRequests)
        case getRequest(GetRequest)
        case explain(Explain)
        case listDetached(ListDetached)
        case getDetached(GetDetached)
        case set(Set)
        case revert(Revert)
        case pause(Pause)
        case resume(Resume)
        case drain(Drain)
        case cordon(Cordon)
        case uncordon(Uncordon)
        case cancel(Cancel)
        case forget(Forget)
        case startWorker(StartWorker)
        case stopWorker(StopWorker)
        case retry(Retry)
        case discard(Discard)
        case monitor(Monitor)
        case reload(Reload)
        case getInfo(VarlinkService.GetInfo)
        case getInterfaceDescription(VarlinkService.GetInterfaceDescription)

        public init(_ call: VarlinkCall) throws(VarlinkServiceError) {
            switch call.name {
            case Status.name: self = .status(try call.take())
            case ListQueues.name: self = .listQueues(try call.take())
            case GetQueue.name: self = .getQueue(try call.take())
            case ListFunctions.name: self = .listFunctions(try call.take())
            case DescribeFunctions.name: self = .describeFunctions(try call.take())
            case GetMetrics.name: self = .getMetrics(try call.take())
            case ListWorkers.name: self = .listWorkers(try call.take())
            case ListDevices.name: self = .listDevices(try call.take())
            case ListRequests.name: self = .listRequests(try call.take())
            case GetRequest.name: self = .getRequest(try call.take())
            case Explain.name: self = .explain(try call.take())
            case ListDetached.name: self = .listDetached(try call.take())
            case GetDetached.name: self = .getDetached(try call.take())
            case Set.name: self = .set(try call.take())
            case Revert.name: self = .revert(try call.take())
            case Pause.name: self = .pause(try call.take())
            case Resume.name: self = .resume(try call.take())
            case Drain.name: self = .drain(try call.take())
            case Cordon.name: self = .cordon(try call.take())
            case Uncordon.name: self = .uncordon(try call.take())
            case Cancel.name: self = .cancel(try call.take())
            case Forget.name: self = .forget(try call.take())
            case StartWorker.name: self = .startWorker(try call.take())
            case StopWorker.name: self = .stopWorker(try call.take())
            case Retry.name: self = .retry(try call.take())
            case Discard.name: self = .discard(try call.take())
            case Monitor.name:
                guard call.more else { throw .expectedMore }
                self = .monitor(try call.take())
            case Reload.name: self = .reload(try call.take())
            case VarlinkService.GetInfo.name: self = .getInfo(try call.take())
            case VarlinkService.GetInterfaceDescription.name:
                self = .getInterfaceDescription(try call.take())
            default: throw call.unknown
            }
        }

        /// Whether it needs the right to change, not only to read.
        public var changes: Bool {
            switch self {
            case .set, .revert, .pause, .resume, .drain, .cordon, .uncordon, .cancel, .forget,
                .startWorker, .stopWorker, .retry, .discard, .reload:
                true
            case .status, .listQueues, .getQueue, .listFunctions, .describeFunctions, .listWorkers,
                .getMetrics, .listDevices, .listRequests, .getRequest, .explain, .listDetached,
                .getDetached,
                .monitor, .getInfo, .getInterfaceDescription:
                false
            }
        }
    }
}

extension VarlinkCall {
    fileprivate func take<Method: VarlinkMethod>() throws(VarlinkServiceError) -> Method {
        do {
            return try parameters(as: Method.self)
        } catch {
            switch error {
            case .invalidParameter(let name): throw .invalidParameter(name)
            case .malformed, .messageTooLong: throw .invalidParameter("parameters")
            }
        }
    }

    /// Why no method of ours has that name.
    fileprivate var unknown: VarlinkServiceError {
        switch interface {
        case Substring(Control.interface), Substring(VarlinkService.interface):
            .methodNotFound(name)
        default: .interfaceNotFound(String(interface))
        }
    }
}

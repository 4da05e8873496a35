extension Control {
    /// The methods and errors of the interface, in Varlink's own language.
    static let methods = """
        method Status() -> (
          version: string,
          instance: string,
          pid: int,
          started_at: float,
          uptime_seconds: float,
          hold: Hold,
          # How long peers of before a restart may still claim what they had; nothing starts
          # meanwhile. Null: nobody is awaited.
          reclaiming_seconds: ?float,
          queues: int,
          waiting: int,
          running: int,
          max_running: ?int,
          max_size: ?int,
          default_concurrency_limit: ?int,
          bytes: int,
          max_bytes: int,
          origins: [string]Origin,
          clients: int,
          workers: int,
          workers_hung: int,
          devices: int,
          devices_cordoned: int,
          outcomes: Outcomes,
          # Null: no detached requests are kept.
          store: ?Store
        )

        method ListQueues(after: ?string, limit: ?int) -> (queues: []Queue, next: ?string)

        method GetQueue(concurrency_id: string) -> (queue: Queue, functions: []Function)

        # Of one queue, or all.
        method ListFunctions(
          concurrency_id: ?string,
          after: ?string,
          limit: ?int
        ) -> (functions: []Function, next: ?string)

        # What workers said about those of their functions that they said something about.
        method DescribeFunctions(
          after: ?string
        ) -> (functions: []FunctionDescription, next: ?string)

        # Counted since the daemon started. All but the functions is the same on each page.
        method GetMetrics(after: ?string, limit: ?int) -> (
          duration_bounds: []float,
          size_bounds: []float,
          # By code: requests that were not accepted.
          refusals: [string]int,
          workers_attached: int,
          # Those that went with work in hand.
          workers_lost: int,
          workers_hung: int,
          functions: []FunctionMetrics,
          next: ?string
        )

        method ListWorkers(after: ?int, limit: ?int) -> (workers: []Worker, next: ?int)

        # One, or all in the order in which they were found.
        method ListDevices(
          device: ?string,
          after: ?string
        ) -> (devices: []Device, next: ?string)

        # Live requests, oldest first.
        method ListRequests(
          concurrency_id: ?string,
          function: ?string,
          after: ?int,
          limit: ?int
        ) -> (requests: []Request, next: ?int)

        method GetRequest(id: int) -> (request: Request)

        # Why a request does not run yet: one blocker, one sentence, and what would help.
        method Explain(id: int) -> (
          request: Request,
          blocker: Blocker,
          message: string,
          help: ?string
        )

        # Stored requests, oldest first. A page may be shorter than limit, even empty, with a next.
        method ListDetached(
          state: ?DetachedState,
          function: ?string,
          user: ?int,
          after: ?int,
          limit: ?int
        ) -> (requests: []Detached, next: ?int)

        method GetDetached(id: int) -> (request: Detached)

        # Gives keys of a target values that go before configuration and declaration. A value is a
        # number, "none" for no limit, or null to take an earlier override back. All are changed or
        # none. Kept over restarts unless runtime is true.
        method Set(
          target: Target,
          values: [string]object,
          runtime: ?bool
        ) -> (changes: []Change)

        # Takes back everything that was set for a target, with runtime or without. What holds it is
        # no setting and stays.
        method Revert(target: Target) -> (changes: []Change)

        # Accept and hold. What holds a queue or function, or pauses the daemon, is kept over
        # restarts unless runtime is true; what holds a worker ends with it.
        method Pause(target: Target, runtime: ?bool) -> ()

        method Resume(target: Target, runtime: ?bool) -> ()

        # Refuse what is new and finish what was accepted. Answered at once: the event drained
        # follows every call, when the work is done, and at once where there is none.
        method Drain(target: Target, runtime: ?bool) -> ()

        # Start nothing more on a device; what runs there goes on. Kept over restarts unless runtime
        # is true.
        method Cordon(device: string, reason: ?string, runtime: ?bool) -> ()

        # Use it again, whatever it was cordoned for. A cause that is still there cordons it again.
        method Uncordon(device: string, runtime: ?bool) -> ()

        # One that is settling gives its result up.
        method Cancel(id: int) -> ()

        # Forget a function that nobody serves and nobody waits for.
        method Forget(function: string) -> ()

        # Has systemd start sluice-worker@NAME.service, and answers when it is connected and has
        # declared its functions. changed: false where it ran already.
        method StartWorker(name: string) -> (unit: string, changed: bool)

        # Has systemd stop it, and answers when it is gone: it is asked to leave, finishes what it
        # runs, and is killed after TimeoutStopSec=. changed: false where it did not run.
        method StopWorker(name: string) -> (unit: string, changed: bool)

        # Takes in a stored request once more that failed, expired or was cancelled. It becomes a
        # new request of the same user, whose id comes back.
        method Retry(id: int) -> (id: int)

        # Discards a finished request, and its result, before result_ttl is over.
        method Discard(id: int) -> ()

        # Events from now on; call it with more. The life of each request only if requests is true.
        method Monitor(requests: ?bool) -> (event: Event)

        # Read the configuration again; what is wrong with it leaves the old one in force.
        method Reload() -> ()

        # nearest: the known name most like the one asked for.
        error UnknownQueue (concurrency_id: string, nearest: ?string)
        error UnknownFunction (function: string, nearest: ?string)
        error UnknownWorker (id: int)
        error UnknownDevice (device: string, nearest: ?string)

        # It is not there: it can be used again when it is found.
        error DeviceLost (device: string)

        # Not live: never admitted, or its outcome is given. Of a detached one: not stored.
        error UnknownRequest (id: int)

        # It has no outcome yet, it completed, or the queue does not take it.
        error NotRetryable (id: int, reason: string)
        error NotFinished (id: int)

        # Detached requests cannot be had: there is no state directory, or the file in it is no use.
        error StoreFailed (reason: string)

        # max_stored_bytes is reached, or the disk full.
        error StoreFull ()

        # The target has no such key; keys are those it has.
        error NotAKey (key: string, target: Target, keys: []string)
        error ValueOutOfRange (key: string, value: string, allowed: string)

        # The change is in force, and could not be written to the disk: it ends with the daemon.
        error NotKept (reason: string)

        # A function with workers, or with live requests, cannot be forgotten.
        error InUse (function: string)
        error ConfigurationInvalid (errors: []ConfigurationError)

        # The caller is neither root nor a member of the group.
        error PermissionDenied (group: string)

        # systemd did not start or stop the unit, or may not be asked to.
        error UnitFailed (unit: string, reason: string)

        # More connections, monitors or the like than the daemon keeps.
        error TooMany (what: string, limit: int)
        """
}

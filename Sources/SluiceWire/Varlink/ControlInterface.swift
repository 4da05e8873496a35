extension Control {
    /// The interface in Varlink's own language, as `GetInterfaceDescription` gives it.
    public static let description = """
        # See and steer sluiced, the service that owns a machine's GPUs and the queues before them.
        #
        # Words are those of sluice(7). Ids are numbers. A field that is null has no value: a limit
        # of null is no limit. Durations are seconds, as floating-point numbers; a setting keeps the
        # name it has everywhere (max_wait), every other duration ends in _seconds. Moments are
        # seconds since 1970 and end in _at. Numbers of bytes have bytes in their name. "running"
        # counts batches, which is what limits count; "waiting" counts requests.
        #
        # Reading is for the group sluice, changing for root and the group sluice-admin.
        # Lists come in pages: ask again with after set to next until next is null.
        # Fields may be added; ignore those you do not know.
        interface io.sluice.Control

        type Hold (running, paused, draining)

        # Who said the value that is in force, from the strongest down.
        type Origin (override, configuration, declaration, default)

        type Outcomes (
          completed: int,
          failed: int,
          cancelled: int,
          expired: int,
          rejected: int
        )

        # One concurrency_id: its waiting requests and the limits on them. Rates and waits are those
        # of the last half minute or so; what is older counts less and less. A wait is that of a
        # request until a worker began with it.
        type Queue (
          concurrency_id: string,
          concurrency_limit: ?int,
          max_size: ?int,
          max_wait: ?float,
          origins: [string]Origin,
          waiting: int,
          running: int,
          over_by: int,
          hold: Hold,
          reason: ?string,
          oldest_waiting_seconds: ?float,
          admitted_per_second: float,
          started_per_second: float,
          wait_p50_seconds: ?float,
          wait_p99_seconds: ?float,
          functions: []string,
          warning: ?string
        )

        # What a batch of n takes: per_batch_seconds + n * per_request_seconds, as learned from so
        # many batches.
        type ServiceTime (
          per_batch_seconds: float,
          per_request_seconds: float,
          samples: int
        )

        # Whether a request that was started when its worker died may be run again.
        type RetryRule (crash, never)

        # A function that workers declare or the configuration names.
        # learned_batch_size: a larger batch ran out of device memory.
        type Function (
          function: string,
          concurrency_id: string,
          batch: bool,
          max_batch_size: int,
          learned_batch_size: ?int,
          max_batch_delay: float,
          queue_timeout: ?float,
          exec_timeout: ?float,
          expected_duration: ?float,
          cancel_grace: float,
          retry: RetryRule,
          max_attempts: int,
          restartable: bool,
          origins: [string]Origin,
          waiting: int,
          running: int,
          workers: int,
          hold: Hold,
          reason: ?string,
          service_time: ?ServiceTime
        )

        type WorkerState (idle, busy, hung, draining)

        # An attached process. busy: slots that run a batch now.
        type Worker (
          id: int,
          name: string,
          pid: int,
          slots: int,
          busy: int,
          functions: []string,
          hold: Hold,
          state: WorkerState,
          attached_seconds: float
        )

        # granted: with a worker that has not begun. A cancelled request is not live any more; the
        # place it had stays taken until the worker confirms.
        type RequestState (waiting, granted, running)

        type Estimate (p50_seconds: float, p90_seconds: float)

        type Request (
          id: int,
          function: string,
          concurrency_id: string,
          state: RequestState,
          rank: ?int,
          waiting_seconds: float,
          running_seconds: ?float,
          eta: ?Estimate,
          attempts: int,
          worker: ?int,
          client: ?int,
          user: ?int,
          # On whose behalf, where a gateway asked.
          caller: ?string,
          bytes: int,
          detached: bool
        )

        type DetachedState (waiting, running, finished)

        # A request that is stored and outlives the connection of its client, until it is discarded
        # or its outcome older than result_ttl. caller: on whose behalf a gateway asked. code and
        # message are those of the outcome. result_bytes: null where there is no result. chunks:
        # partial results that are kept. retry_of: the request that this one repeats.
        type Detached (
          id: int,
          function: string,
          user: int,
          caller: ?string,
          state: DetachedState,
          enqueued_at: float,
          finished_at: ?float,
          code: ?string,
          message: ?string,
          attempts: int,
          bytes: int,
          result_bytes: ?int,
          chunks: int,
          retry_of: ?int
        )

        # The one thing that keeps a request from running. Of several the widest is named, which
        # would have to change first. none: it runs.
        type Blocker (
          none,
          daemon_paused,
          reclaiming,
          queue_paused,
          function_paused,
          no_worker,
          workers_held,
          concurrency_limit,
          max_running,
          workers_busy,
          device,
          memory,
          retry_alone,
          max_batch_delay,
          requests_ahead
        )

        # Exactly one field is given; daemon is only ever true.
        type Target (
          queue: ?string,
          function: ?string,
          worker: ?int,
          daemon: ?bool
        )

        # The value in force of one key, before and after; null is none. A duration is in seconds.
        # origin: who says the new one.
        type Change (key: string, old: ?float, new: ?float, origin: Origin)

        type ConfigurationError (
          file: string,
          line: ?int,
          key: ?string,
          message: string
        )

        # monitoring is the first event of every monitor; dropped says that count events were not
        # sent because the reader was slow.
        type EventKind (
          monitoring,
          dropped,
          request_admitted,
          request_granted,
          request_started,
          request_returned,
          request_ended,
          worker_attached,
          worker_detached,
          worker_lost,
          worker_hung,
          worker_recovered,
          function_paused,
          limits_disagree,
          device_found,
          device_cordoned,
          device_uncordoned,
          changed,
          held,
          drained,
          reclaimed,
          not_restored,
          reloaded,
          store_failed,
          store_damaged,
          store_full,
          store_usable
        )

        # What makes a value in force change: somebody's call, a configuration read again, or a
        # worker that declared a function.
        type Cause (command, reload, declaration)

        # Something that happened. The kind says which fields are not null; message says it all in a
        # sentence. count is unanswered requests, deaths or dropped events.
        type Event (
          kind: EventKind,
          happened_at: float,
          message: string,
          request: ?int,
          function: ?string,
          concurrency_id: ?string,
          worker: ?int,
          device: ?string,
          target: ?Target,
          attempt: ?int,
          code: ?string,
          count: ?int,
          hold: ?Hold,
          change: ?Change,
          cause: ?Cause,
          user: ?int
        )

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
          outcomes: Outcomes
        )

        method ListQueues(after: ?string, limit: ?int) -> (queues: []Queue, next: ?string)

        method GetQueue(concurrency_id: string) -> (queue: Queue, functions: []Function)

        # Of one queue, or all.
        method ListFunctions(
          concurrency_id: ?string,
          after: ?string,
          limit: ?int
        ) -> (functions: []Function, next: ?string)

        method ListWorkers(after: ?int, limit: ?int) -> (workers: []Worker, next: ?int)

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

        method Cancel(id: int) -> ()

        # Forget a function that nobody serves and nobody waits for.
        method Forget(function: string) -> ()

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

        # More connections, monitors or the like than the daemon keeps.
        error TooMany (what: string, limit: int)
        """
}

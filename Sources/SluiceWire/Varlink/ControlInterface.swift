extension Control {
    /// The interface in Varlink's own language, as `GetInterfaceDescription` gives it.
    public static let description = types + "\n\n" + methods

    private static let types = """
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

        # usable, or new detached requests are refused for want of disk, or all.
        type StoreState (usable, disk_full, failed)

        # How full the file of detached requests is, as of its last commit. reason: why it cannot be
        # used; what is in it is null then. settling: requests whose outcome waits for room.
        type Store (
          state: StoreState,
          reason: ?string,
          requests: ?int,
          bytes: ?int,
          max_stored_bytes: int,
          settling: int
        )

        # What a queue is bound to: nothing, all devices, or some by name.
        type DeviceSelection (none, all, named)

        # One concurrency_id: its waiting requests and the limits on them. devices: those of its
        # selection that were found; missing_devices: those that were not. Rates and waits are those
        # of the last half minute or so; what is older counts less and less. A wait is that of a
        # request until a worker began with it.
        type Queue (
          concurrency_id: string,
          concurrency_limit: ?int,
          max_size: ?int,
          max_wait: ?float,
          selection: DeviceSelection,
          devices: []string,
          missing_devices: []string,
          per_device_limit: ?int,
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

        # What a worker says about a function to people and gateways. signature: JSON, the
        # parameters, as sluice-worker(7) says; the daemon does not look into it.
        type FunctionDescription (
          function: string,
          description: ?string,
          signature: ?string
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
        # learned_batch_size: a larger batch ran out of device memory. memory and memory_per_item
        # are bytes; where their origin is default they were learned, or are null.
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
          memory: ?int,
          memory_per_item: ?int,
          device_count: int,
          exclusive: bool,
          origins: [string]Origin,
          waiting: int,
          running: int,
          workers: int,
          hold: Hold,
          reason: ?string,
          service_time: ?ServiceTime
        )

        # How often a value was at most a bound and above the one before, and at the end above all
        # bounds; and all values together. counts is empty where there was none.
        type Distribution (counts: []int, sum: float)

        # What was counted of a function since the daemon started. waits: seconds until a worker
        # first began with a request. runs: seconds from then until a batch gave its place back.
        # batch_sizes: requests in a batch. outcomes: requests that were accepted and have ended, by
        # code. worker_deaths: workers that died with a batch of it in hand.
        type FunctionMetrics (
          function: string,
          concurrency_id: string,
          waits: Distribution,
          runs: Distribution,
          batch_sizes: Distribution,
          outcomes: [string]int,
          worker_deaths: int
        )

        type WorkerState (idle, busy, hung, draining)

        # An attached process. busy: slots that run a batch now. devices: those it has for itself.
        # awaits_devices: it asked for some and there is no room yet.
        type Worker (
          id: int,
          name: string,
          pid: int,
          slots: int,
          busy: int,
          functions: []string,
          hold: Hold,
          state: WorkerState,
          devices: []string,
          awaits_devices: bool,
          attached_seconds: float
        )

        \(deviceTypes)

        # granted: with a worker that has not begun. settling: it is detached and has ended, and its
        # outcome waits for room in the store; settling_seconds says for how long. A cancelled
        # request is not live any more; the place it had stays taken until the worker confirms.
        type RequestState (waiting, granted, running, settling)

        type Estimate (p50_seconds: float, p90_seconds: float)

        type Request (
          id: int,
          function: string,
          concurrency_id: string,
          state: RequestState,
          rank: ?int,
          waiting_seconds: float,
          running_seconds: ?float,
          settling_seconds: ?float,
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

        type DetachedState (waiting, running, settling, finished)

        # A request that is stored and outlives the connection of its client, until it is discarded
        # or its outcome older than result_ttl. caller: on whose behalf a gateway asked. settling:
        # its outcome waits for room in the store, for settling_seconds by now. code and
        # message are those of the outcome. result_bytes: null where there is no result. chunks:
        # partial results that are kept. retry_of: the request that this one repeats.
        type Detached (
          id: int,
          function: string,
          user: int,
          caller: ?string,
          state: DetachedState,
          enqueued_at: float,
          settling_seconds: ?float,
          finished_at: ?float,
          code: ?string,
          message: ?string,
          attempts: int,
          bytes: int,
          result_bytes: ?int,
          chunks: int,
          retry_of: ?int
        )

        # The one thing that keeps a request from running, or from its outcome where it is settling.
        # Of several the widest is named, which would have to change first. none: it runs.
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
          requests_ahead,
          store_full,
          store_failed
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
        """
}

extension Control {
    /// The part of `description` that says what a device is.
    static let deviceTypes = """
        type DeviceKind (nvidia, amd, generic, simulated)

        type DeviceState (usable, cordoned, lost)

        type CordonKind (operator, lost, fault, hot, hung)

        # Why nothing new starts on a device. ends_in_seconds: null where it does not end by itself,
        # or its cause is not gone yet.
        type CordonReason (
          kind: CordonKind,
          reason: string,
          since_seconds: float,
          ends_in_seconds: ?float
        )

        # A worker's process that has something of a device: leased_bytes are promised to it for as
        # long as it lives, reserved_bytes to its running batches, and seen_bytes is what it was
        # seen to have; the larger counts. worker: null where its connection is gone. gone: its
        # process has ended, and its memory was not seen to be free yet.
        type DeviceHolder (
          worker: ?int,
          name: ?string,
          pid: ?int,
          lease: bool,
          exclusive: bool,
          leased_bytes: int,
          reserved_bytes: int,
          seen_bytes: ?int,
          running: int,
          gone: bool
        )

        # A process that is no worker's.
        type DeviceProcess (pid: int, name: ?string, bytes: ?int)

        # A GPU, or what stands for one. What nobody can say is null. What was seen of it was seen
        # sample_age_seconds ago: one that nobody uses is not looked at. Of its memory held is what
        # workers have or were promised, foreign what others have, reserve left to nobody, and free
        # the rest; below zero where others took what was promised. utilisation is in percent,
        # temperatures are in degrees Celsius. promised_to: the function for whose batch it is being
        # emptied.
        type Device (
          device: string,
          kind: DeviceKind,
          model: ?string,
          identity: ?string,
          paths: []string,
          state: DeviceState,
          cordons: []CordonReason,
          sample_age_seconds: ?float,
          memory_total_bytes: ?int,
          memory_used_bytes: ?int,
          memory_held_bytes: int,
          memory_foreign_bytes: int,
          memory_free_bytes: ?int,
          reserve: int,
          utilisation: ?int,
          temperature: ?int,
          max_temperature: ?int,
          power_watts: ?float,
          uncordon_after: ?float,
          running: int,
          queues: []string,
          holders: []DeviceHolder,
          strangers: []DeviceProcess,
          promised_to: ?string
        )
        """
}

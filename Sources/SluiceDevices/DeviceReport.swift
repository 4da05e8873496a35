import SluiceModel

/// What the sampler has to say to the loop.
public enum DeviceReport: Hashable, Sendable {
    /// All devices that there are, in order; comes after each look. One that was in an earlier
    /// list and is not in this one is gone, and one that is again in it is back.
    case found([DeviceDescription])
    /// How the devices that are watched are now. One that is lost has no reading.
    case sampled([DeviceReading])
    /// Something is the matter with a device. The same may be said twice: the driver tells it,
    /// and the next sample shows it.
    case troubled(device: String, DeviceTrouble)
    /// What an operator should know, in a sentence without a full stop: a driver that does not
    /// answer, a device that is not used. Said again only where it is not so any more meanwhile.
    case note(String)
}

/// A sample and whose it is.
public struct DeviceReading: Hashable, Sendable {
    public var device: String
    public var sample: DeviceSample

    public init(device: String, sample: DeviceSample) {
        self.device = device
        self.sample = sample
    }
}

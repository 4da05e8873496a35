import SluiceModel

/// One make of devices. Lives on the sampler's thread, where any call may block.
protocol DeviceSource: AnyObject {
    /// Looks for devices, anew each time.
    func look() -> DeviceFindings
    /// How a device of the last look is. Throws what is the matter with it instead.
    func sample(_ key: String) throws(DeviceFailure) -> DeviceSample
    /// Begins to wait for what the driver tells by itself, about devices under the names given.
    func listen(_ names: [String: String], _ reports: ReportBox)
    /// Ends that, within a moment.
    func rest()
    /// Lets go of the driver, before another look or for good.
    func close()
}

/// What a look found.
struct DeviceFindings {
    var devices: [FoundDevice] = []
    /// Places in its order, those included whose device does not answer.
    var count = 0
    /// What an operator should know.
    var notes: [String] = []
}

/// A device that was found, before it has its name.
struct FoundDevice {
    /// By which the source knows it, the same at every look as long as it is the same device.
    var key: String
    /// Its place in the source's order.
    var index: Int
    /// With an empty name.
    var description: DeviceDescription
}

/// Why there is no sample of a device: something is the matter with it.
struct DeviceFailure: Error, Hashable {
    var trouble: DeviceTrouble
}

extension DeviceSource {
    func listen(_ names: [String: String], _ reports: ReportBox) {}
    func rest() {}
    func close() {}
}

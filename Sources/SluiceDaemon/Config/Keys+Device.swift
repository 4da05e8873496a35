import SluiceModel

extension Keys {
    static let device: [Key<DeviceSettings>] = [
        Key(
            .device, "name", .deviceName, \.name,
            default: .described("none, it has to be said", example: "\"tpu0\""),
            "What it is called."),
        Key(
            .device, "kind", .word, \.kind,
            default: .described("that of the one that is found", example: "\"generic\""),
            "What is declared: a \"generic\" or \"simulated\" device. Others are found."),
        Key(
            .device, "identity", .identity, \.identity,
            default: .described("the one that has the name already", example: "\"TPU-0123\""),
            "Which of those that are found is meant: NVIDIA's UUID or AMD's unique id."),
        Key(
            .device, "paths", .paths, \.paths,
            default: .described("those of the one that is found", example: "[\"/dev/accel0\"]"),
            "The device nodes of a generic device; it is lost when one is missing."),
        Key(
            .device, "memory", .size(), \.memory,
            default: .described("memory is not accounted", example: "\"16GiB\""),
            "Memory of a generic or simulated device."),
        Key(
            .device, "reserve", .size(from: 0), \.reserve,
            default: .described(
                "256MiB of one that is found, nothing of a declared one", example: "\"1GiB\""),
            "Memory that is left to nobody."),
        Key(
            .device, "max_temperature", .limit(from: 1, to: 1000), \.maxTemperature,
            default: .described("where the hardware itself slows down", example: "85"),
            "Degrees Celsius from which nothing new starts on it."),
        Key(
            .device, "uncordon_after", .durationOrNone, \.uncordonAfter,
            default: .value("\"1min\""),
            "How long what is the matter must be over until it is used again; \"none\": by hand."),
    ]
}

import SluiceSystem

extension LogRecord {
    /// What a driver of devices has to say.
    static func deviceNote(_ note: String) -> Self { Self(.deviceNote, .warning, note) }
}

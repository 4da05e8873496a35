import SluiceGateway

extension GatewaySettings {
    /// Of a gateway that finds no daemon.
    static var withoutDaemon: GatewaySettings {
        var settings = GatewaySettings()
        settings.runtimeDirectory = "/nonexistent"
        return settings
    }
}

import SluiceGateway

extension Gateway {
    /// What it has now of what all share, and what it counted.
    var ownMeasures: GatewayMeasures {
        var measures = counters.view
        measures.viewers = viewers.used
        measures.connections = connections.used
        measures.gradioSessions = sessions.used
        (measures.uploadFiles, measures.uploadBytes) = uploads.used
        measures.bodyBytes = bodies.used
        measures.answerBytes = answers.used
        return measures
    }
}

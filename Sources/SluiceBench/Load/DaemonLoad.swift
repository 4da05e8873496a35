import SluiceModel

/// Puts a load on a daemon that somebody else runs.
public func loadDaemon(
    _ load: Load, at path: String, for span: Duration
) throws(BenchError) -> Sample {
    var gauges = LoadGauges(broker: nil, worker: nil)
    let generator = try Generator<SluiceClientWire>(load, path: path)
    let warmUp = Duration.nanoseconds(span.nanoseconds / 5)
    let result = try generator.run(warmUp: warmUp, measure: span) { edge in gauges.note(edge) }
    return gauges.sample(of: result)
}

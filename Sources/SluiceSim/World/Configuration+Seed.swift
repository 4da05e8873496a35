import SluiceModel

extension Configuration {
    /// What somebody might write into sluiced.toml for these functions.
    init(for functions: [Profile.Function], pace: Int, from random: inout SeededRandom) {
        self.init()
        if random.chance(300) { daemon.maxRunning = .at(random.int(1...4)) }
        if random.chance(300) { daemon.defaultConcurrencyLimit = Profile.limit(from: &random) }
        if random.chance(200) { daemon.maxSize = .at(random.int(4...30)) }
        if random.chance(200) { daemon.maxBytes = random.int(1_000...20_000) }
        if random.chance(200) { daemon.maxRequestBytes = random.int(500...1_000) }
        if random.chance(200) { daemon.maxRequestsPerUser = .at(random.int(2...10)) }
        if random.chance(200) { daemon.statusBudget = random.int(1...20) }
        for function in functions {
            if random.chance(300) {
                functionsSaid(function.name, pace: pace, from: &random)
            }
            if random.chance(400) {
                queues[function.settings.concurrencyID ?? function.name] = QueueSettings(
                    concurrencyLimit: random.chance(500) ? Profile.limit(from: &random) : nil,
                    maxSize: random.chance(400) ? .at(random.int(0...12)) : nil,
                    maxWait: random.chance(200) ? random.span(pace...(pace * 100)) : nil)
            }
        }
    }

    /// One of the users may be a gateway's, and each may be kept short.
    mutating func addQuotas(from random: inout SeededRandom) {
        if random.chance(400) { daemon.gateways = [1_001] }
        if random.chance(300) { daemon.maxBytesPerUser = .at(random.int(500...5_000)) }
    }

    private mutating func functionsSaid(
        _ name: String, pace: Int, from random: inout SeededRandom
    ) {
        var settings = FunctionSettings()
        if random.chance(100) { settings.concurrencyID = "q\(random.int(0...1))" }
        if random.chance(200) { settings.concurrencyLimit = Profile.limit(from: &random) }
        if random.chance(300) { settings.batch = random.chance(700) }
        if random.chance(300) { settings.maxBatchSize = random.int(1...6) }
        if random.chance(300) { settings.maxBatchDelay = random.span(0...(pace * 10)) }
        if random.chance(200) { settings.execTimeout = random.span(pace...(pace * 20)) }
        if random.chance(200) { settings.maxAttempts = random.int(1...3) }
        if random.chance(150) { settings.allowUsers = [1_000, 1_001] }
        functions[name] = settings
    }
}

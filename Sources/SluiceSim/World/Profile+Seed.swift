import SluiceModel

extension Profile {
    init(from random: inout SeededRandom) {
        // Paces lie far apart because the engine's own spans are fixed: statuses are coalesced
        // over half a second, which a fast schedule never reaches and a slow one crosses often.
        let pace = random.pick([100, 2_000, 50_000]) ?? 100
        let shared = random.chance(600)
        functions = (0..<random.int(1...5)).map {
            Self.function($0, sharing: shared, pace: pace, from: &random)
        }
        let count = functions.count
        workers = (0..<random.int(1...5)).map { index in
            Self.worker(index, functions: count, from: &random)
        }
        clients = random.int(1...4)
        burst = random.pick([1, 3, 8]) ?? 1
        appetite = random.pick([2, 8, 24]) ?? 2
        self.pace = pace
        delay = random.pick([0, pace / 10, pace, pace * 5]) ?? 0
        rates = Rates(from: &random)
        configuration = nil
        configuration =
            random.chance(600) ? Configuration(for: functions, pace: pace, from: &random) : nil
    }

    private static func function(
        _ index: Int, sharing: Bool, pace: Int, from random: inout SeededRandom
    ) -> Function {
        var settings = FunctionSettings()
        if sharing, random.chance(700) { settings.concurrencyID = "q\(random.int(0...1))" }
        settings.concurrencyLimit = random.chance(600) ? limit(from: &random) : nil
        if random.chance(600) {
            settings.batch = true
            if random.chance(700) { settings.maxBatchSize = random.int(1...8) }
            if random.chance(400) { settings.maxBatchDelay = random.span(pace...(pace * 20)) }
        }
        if random.chance(200) { settings.queueTimeout = random.span((pace * 2)...(pace * 60)) }
        if random.chance(200) { settings.execTimeout = random.span(pace...(pace * 20)) }
        if random.chance(200) { settings.retry = .never }
        if random.chance(300) { settings.maxAttempts = random.int(1...4) }
        if random.chance(400) { settings.restartable = true }
        if random.chance(300) { settings.expectedDuration = random.span(pace...(pace * 5)) }
        settings.cancelGrace = random.span((pace * 2)...(pace * 20))
        if random.chance(500) { settings.maxWorkerDeaths = .at(random.int(1...6)) }
        return Function(
            name: "f\(index)", settings: settings,
            memory: random.chance(200) ? random.int(1...4) : .max, steps: random.int(0...3))
    }

    private static func worker(
        _ index: Int, functions: Int, from random: inout SeededRandom
    ) -> Worker {
        // The first workers see to it that every function has somebody, most of the time.
        var served = [index % functions]
        for other in 0..<functions where other != served[0] && random.chance(300) {
            served.append(other)
        }
        return Worker(functions: served, slots: random.pick([1, 1, 1, 2, 3]) ?? 1)
    }

    static func limit(from random: inout SeededRandom) -> Limit {
        random.pick([.at(1), .at(1), .at(2), .at(3), .none]) ?? .none
    }
}

extension Profile.Rates {
    /// Half of the schedules know no faults of a given kind at all.
    init(from random: inout SeededRandom) {
        func rate(_ most: Int) -> Int { random.chance(500) ? random.int(1...most) : 0 }
        poison = rate(150)
        dies = rate(60)
        hangs = rate(500)
        failsItem = rate(200)
        staleAnswer = rate(100)
        duplicateAnswer = rate(150)
        skipsStarted = rate(200)
        leaves = rate(50)
        changesSlots = rate(100)
        redeclares = rate(60)
        cancels = rate(250)
        duplicateSubmission = rate(150)
        vanishes = rate(40)
        rewatches = rate(200)
        timeouts = rate(400)
        unknownFunction = rate(40)
        commands = rate(500)
        reloads = rate(200)
        oversleeps = rate(400)
    }
}

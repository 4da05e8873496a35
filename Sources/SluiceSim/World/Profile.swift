import SluiceEngine
import SluiceModel

/// What kind of schedule a seed makes: how large, how fast, how wild. Drawn once at the start,
/// so that some schedules are calm and show that nothing happens without a cause, and others
/// break everything at once.
struct Profile {
    /// A function as the world knows it: what its workers declare, and how it behaves.
    struct Function {
        var name: String
        var settings: FunctionSettings
        /// Requests that fit into the device's memory together.
        var memory: Int
        /// Steps of an item between started and answered.
        var steps: Int
        /// What it really takes of devices, in percent of what it says.
        var truth = 100
    }

    /// A kind of worker process; when one is gone another of the same plan takes its place.
    struct Worker {
        var functions: [Int]
        var slots: Int
        /// What it asks of devices before it loads anything; nil: it takes what it is told.
        var lease: LeaseRequest?
    }

    /// How often things happen, in a thousand.
    struct Rates {
        var poison = 0
        var dies = 0
        var hangs = 0
        var failsItem = 0
        var staleAnswer = 0
        var duplicateAnswer = 0
        var skipsStarted = 0
        var leaves = 0
        var changesSlots = 0
        var redeclares = 0

        var cancels = 0
        var duplicateSubmission = 0
        var vanishes = 0
        var rewatches = 0
        var timeouts = 0
        var unknownFunction = 0

        var commands = 0
        var reloads = 0
        /// The daemon wakes late, so that more has happened than the one thing it waited for.
        var oversleeps = 0
    }

    var functions: [Function]
    var workers: [Worker]
    var clients: Int
    /// Requests a client submits at once, at most.
    var burst: Int
    /// Requests a client has out at once, at most.
    var appetite: Int
    /// The span everything is a multiple of, in microseconds.
    var pace: Int
    /// Longest delay of a message on its way, in microseconds.
    var delay: Int
    var rates: Rates
    /// The configuration read at start; nil: the daemon starts with its defaults.
    var configuration: Configuration?

    var queues: [String] {
        var names: [String] = []
        for function in functions {
            let name = function.settings.concurrencyID ?? function.name
            if !names.contains(name) { names.append(name) }
        }
        return names
    }
}

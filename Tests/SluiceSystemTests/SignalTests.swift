import Glibc
import SluiceModel
import Testing

@testable import SluiceSystem

// In processes of their own: a signal and the environment are the whole process's.
@Suite struct SignalTests {
    @Test("Signals arrive in the loop, in order, and do not kill")
    func deliversSignals() async {
        await #expect(processExitsWith: .success) {
            try Signal.block()
            let events = try SystemdEvents()
            try events.listen()
            var signals: [Signal] = []
            try events.pump(into: &signals)
            #expect(signals.isEmpty)

            let loop = try Loop()
            try loop.add(events.number, token: Loop.Token(rawValue: 7), interest: .read)
            var ready: [Loop.Readiness] = []
            for signal in [Signal.hangup, .interrupt, .terminate] {
                // To this thread: the test runner has others, that have not blocked it.
                raise(signal.rawValue)
                try loop.wait(until: Loop.now() + .seconds(10), into: &ready)
                #expect(ready.map(\.token.rawValue) == [7])
                try events.pump(into: &signals)
            }
            #expect(signals == [.hangup, .interrupt, .terminate])
            try loop.wait(until: .distantPast, into: &ready)
            #expect(ready.isEmpty)
        }
    }

    @Test("Signals that are not blocked cannot be listened for")
    func refusesUnblocked() async {
        await #expect(processExitsWith: .success) {
            var all = sigset_t()
            sigfillset(&all)
            pthread_sigmask(SIG_UNBLOCK, &all, nil)
            let events = try SystemdEvents()
            #expect(throws: SystemError("sd_event_add_signal", code: EBUSY)) {
                try events.listen()
            }
        }
    }

    @Test("Writing to a pipe that nobody reads is an error")
    func ignoresBrokenPipes() async {
        await #expect(processExitsWith: .success) {
            Signal.ignoreBrokenPipes()
            var ends: [CInt] = [-1, -1]
            try #require(pipe(&ends) == 0)
            close(ends[0])
            #expect(write(ends[1], "x", 1) == -1 && errno == EPIPE)
        }
    }

    @Test("Without a manager that asks, there is no watchdog")
    func hasNoWatchdog() async {
        await #expect(processExitsWith: .success) {
            unsetenv("WATCHDOG_USEC")
            let enabled = try SystemdEvents().enableWatchdog()
            #expect(!enabled)
        }
    }

    @Test("A loop that pumps gives signs of life within the watchdog's interval")
    func feedsWatchdog() async {
        await #expect(processExitsWith: .success) {
            let manager = try FakeManager()
            setenv("WATCHDOG_USEC", "100000", 1)
            let events = try SystemdEvents()
            try #expect(events.enableWatchdog())
            var signals: [Signal] = []
            try events.pump(into: &signals)
            let loop = try Loop()
            try loop.add(events.number, token: Loop.Token(rawValue: 1), interest: .read)
            var ready: [Loop.Readiness] = []
            let end = Loop.now() + .seconds(10)
            // The first is sent as it is enabled; the second shows that the timer works.
            var beats = 0
            while beats < 2, Loop.now() < end {
                try loop.wait(until: end, into: &ready)
                try events.pump(into: &signals)
                while manager.next() == "WATCHDOG=1" { beats += 1 }
            }
            #expect(beats >= 2)
        }
    }
}

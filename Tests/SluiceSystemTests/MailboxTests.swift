import Foundation
import Glibc
import SluiceModel
import Testing

@testable import SluiceSystem

@Suite struct MailboxTests {
    @Test("What other threads post wakes the loop and arrives whole, each thread's in order")
    func crossesThreads() throws {
        let mailbox = try Mailbox<(thread: Int, number: Int)>()
        let perThread = 1000
        // Threads of its own: the pool's may all be waiting in other tests.
        for thread in 0..<4 {
            Thread.detachNewThread {
                for number in 0..<perThread { mailbox.post((thread, number)) }
            }
        }
        let taken = try collect(4 * perThread, from: mailbox)
        for thread in 0..<4 {
            let numbers = taken.filter { $0.thread == thread }.map(\.number)
            #expect(numbers == Array(0..<perThread))
        }
    }

    @Test("An empty mailbox is silent, and so is one that was emptied")
    func isSilentWhenEmpty() throws {
        let mailbox = try Mailbox<Int>()
        try #expect(!isReadable(mailbox.number))
        mailbox.post(1)
        mailbox.post(2)
        try #expect(isReadable(mailbox.number))
        var taken = [0]
        mailbox.drain(into: &taken)
        #expect(taken == [0, 1, 2])
        try #expect(!isReadable(mailbox.number))
        mailbox.post(3)
        try #expect(isReadable(mailbox.number))
    }

    @Test("A message may take the place of those that it makes needless, and rings")
    func replaces() throws {
        let mailbox = try Mailbox<Int>()
        for number in [1, 10, 2] { mailbox.post(number) }
        mailbox.post(3) { $0 < 10 }
        var taken: [Int] = []
        mailbox.drain(into: &taken)
        #expect(taken == [10, 3])
        mailbox.post(4) { _ in true }
        try #expect(isReadable(mailbox.number))
    }

    @Test("A wait ends with its deadline, and before it with a message")
    func waits() throws {
        let mailbox = try Mailbox<Int>()
        let deadline = Loop.now() + .milliseconds(2)
        while Loop.now() < deadline { mailbox.wait(until: deadline) }
        mailbox.post(1)
        let begin = Loop.now()
        mailbox.wait(until: begin + .seconds(60))
        #expect(Loop.now() < begin + .seconds(60))
    }

    private func collect<Message>(
        _ count: Int, from mailbox: Mailbox<Message>
    ) throws -> [Message] {
        let loop = try Loop()
        try loop.add(mailbox.number, token: Loop.Token(rawValue: 1), interest: .read)
        var ready: [Loop.Readiness] = []
        var taken: [Message] = []
        let end = Loop.now() + .seconds(30)
        while taken.count < count, Loop.now() < end {
            try loop.wait(until: end, into: &ready)
            mailbox.drain(into: &taken)
        }
        return taken
    }

    private func isReadable(_ number: CInt) throws -> Bool {
        let loop = try Loop()
        try loop.add(number, token: Loop.Token(rawValue: 1), interest: .read)
        var ready: [Loop.Readiness] = []
        try loop.wait(until: .distantPast, into: &ready)
        return !ready.isEmpty
    }
}

import Glibc
import Testing

@testable import SluiceSystem

@Suite struct JournalTests {
    @Test("Standard error is the journal's only if it is the file that the manager named")
    func recognisesJournal() throws {
        let pair = try SocketPair()
        let number = pair.here.number
        let file = try #require(FileIdentity(of: number))
        #expect(Journal(stream: "\(file.device):\(file.inode)", stderr: number).isJournal)
        #expect(!Journal(stream: "\(file.device):1", stderr: number).isJournal)
        #expect(!Journal(stream: nil, stderr: number).isJournal)
    }

    @Test("A person sees plain lines; the journal, if it must read them, the priority of each")
    func formatsLines() throws {
        let pair = try SocketPair()
        let number = pair.here.number
        let file = try #require(FileIdentity(of: number))
        let journal = Journal(stream: "\(file.device):\(file.inode)", stderr: number)
        #expect(journal.line(.warning, "one\n\ntwo") == "<4>one\n<4>\n<4>two\n")
        let terminal = Journal(stream: nil, stderr: number)
        #expect(terminal.line(.warning, "one\ntwo") == "one\ntwo\n")
    }

    @Test("Outside the manager a message goes to standard error")
    func writesToStandardError() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardErrorContent]
        ) {
            unsetenv("JOURNAL_STREAM")
            Journal().send(.info, "listening on a socket", [("SLUICE_SOCKET", "client")])
        }
        let lines = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(lines.contains("listening on a socket\n"))
        #expect(!lines.contains("SLUICE_SOCKET"))
    }

    @Test("A last word goes by the stream to the journal, and is not said twice to anybody else")
    func lastWord() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardErrorContent]
        ) {
            let file = try #require(FileIdentity(of: 2))
            let journal = Journal(stream: "\(file.device):\(file.inode)", stderr: 2)
            journal.sendLast(.error, "sluiced ends")
            Journal(stream: nil, stderr: 2).sendLast(.error, "to nobody")
        }
        let lines = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(lines.contains("<3>sluiced ends\n"))
        #expect(!lines.contains("to nobody"))
    }
}

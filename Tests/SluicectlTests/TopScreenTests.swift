import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@testable import sluicectl

@Suite("The screen of top")
struct TopScreenTests {
    @Test(
        "Windows of every size show what there is room for",
        arguments: [(120, 40), (100, 30), (80, 24), (60, 15), (40, 10)])
    func sizes(columns: Int, rows: Int) throws {
        let text = Screens.seen(Screens.model(), columns, rows)
        try expectGolden(text, "top-\(columns)x\(rows).txt")
    }

    @Test("Absurdly small windows show the little they can")
    func tiny() throws {
        let text = [(30, 6), (20, 5), (12, 3), (10, 2), (6, 1), (1, 1)].map { columns, rows in
            "\(columns)x\(rows)\n" + Screens.seen(Screens.model(), columns, rows)
        }.joined()
        try expectGolden(text, "top-tiny.txt")
    }

    @Test("No window gets a line too many or too wide")
    func bounds() {
        let painter = ScreenPainter(coloured: false, unicode: true)
        var wide = Screens.crowd(of: 50)
        wide.workers[0].name = "图像生成器 \u{202E}逆 e\u{301} 👩‍🔧"
        wide.queues[0].reason = String(repeating: "図", count: 90)
        let models = [
            Screens.model(), Screens.model(wide), Screens.model().pressing(.character("?")),
            Screens.model().pressing(.enter), Screens.model().pressing(.character("=")),
        ]
        for model in models {
            for rows in 0...45 {
                for columns in [0, 1, 2, 7, 19, 33, 40, 63, 64, 65, 80, 101, 200] {
                    let lines = Screens.lines(model, columns, rows)
                    #expect(lines.count == (columns == 0 ? 0 : rows))
                    for line in lines {
                        let text = painter.cut(line, to: columns).map(\.text).joined()
                        #expect(sluicectl.columns(of: text) <= columns, "\(columns): \(text)")
                    }
                }
            }
        }
    }

    @Test("More queues than rows scroll with the selection, and say how many are not seen")
    func scrolls() throws {
        var model = Screens.model(Screens.crowd(of: 30))
        var text = Screens.seen(model, 80, 20)
        model = model.pressing(.pageDown, .pageDown, .down)
        text += Screens.seen(model, 80, 20)
        model = model.pressing(.end)
        text += Screens.seen(model, 80, 20)
        try expectGolden(text, "top-scrolled.txt")
        for row in 0..<30 {
            model.select(row)
            for rows in 3...40 {
                #expect(Screens.lines(model, 80, rows).contains { $0.isSelected }, "\(rows)")
            }
        }
    }

    @Test("Questions, help, details and what became of a change")
    func dialogs() throws {
        let model = Screens.model()
        var detailed = Screens.sample
        detailed.detail = .init(queue: Machine.queues[0], functions: Machine.functions)
        var refused = model
        refused.finish(
            .pause(queue: "gpu_queue"),
            .failure(
                ToolFailure(
                    .refused(.permissionDenied(group: "sluice-admin")),
                    in: Surroundings(
                        source: .standard, hasSystemd: true, isRoot: false, sight: { _ in nil },
                        membership: { Membership(group: $0, user: "ada", state: .outsider) }))))
        var looking = model.pressing(.down, .enter)
        looking.take(detailed)
        let screens = [
            model.pressing(.down, .character("p")), model.pressing(.character("r")),
            model.pressing(.down, .character("=")).pressing(.character("4")),
            model.pressing(.down, .character("=")).pressing(.character("4")).pressing(.enter),
            model.pressing(.down, .character("-")), model.pressing(.character("?")), looking,
            refused,
        ]
        try expectGolden(
            screens.map { Screens.seen($0, 90, 20) }.joined(separator: "\n"), "top-dialogs.txt")
    }

    @Test("A question stands under what it was asked about")
    func covers() {
        var detailed = Screens.sample
        detailed.detail = .init(queue: Machine.queues[0], functions: Machine.functions)
        var looking = Screens.model().pressing(.down, .enter)
        looking.take(detailed)
        let details = Screens.seen(looking, 90, 20).split(separator: "\n").dropLast()
        let asked = looking.pressing(.character("p"))
        #expect(asked.detailed == "gpu_queue")
        #expect(Screens.seen(asked, 90, 20).split(separator: "\n").dropLast() == details)
    }

    @Test("A question shows all that it asks about, however long the name")
    func questions() {
        var queue = Control.Queue(concurrencyID: String(repeating: "gpu_", count: 31) + "last")
        queue.concurrencyLimit = 1
        var sample = Screens.sample
        sample.queues = [queue]
        for columns in 30...200 {
            let model = TopModel(sample)
            func foot(_ keys: [Key]) -> String {
                let asked = keys.reduce(model) { $0.pressing($1) }
                return Screens.seen(asked, columns, 10).split(separator: "\n").last
                    .map(String.init) ?? ""
            }
            let limit = foot(["+"])
            #expect(limit.contains("1 → 2? y/n"), "\(limit)")
            #expect(limit.contains("gp") && limit.contains("st"), "\(limit)")
            let pause = foot(["p"])
            #expect(pause.contains("pause") && pause.contains("? y/n"), "\(pause)")
            guard columns >= 40 else { continue }
            let typed = foot(["="] + Array(repeating: "8", count: 12))
            #expect(typed.contains("888888888888_"), "\(typed)")
        }
    }

    @Test("A daemon that is gone or silent is said to be, above what was known last")
    func lost() throws {
        var silent = Screens.model()
        silent.wait(since: Instant(nanoseconds: 9_000_000_000))
        var gone = Screens.model()
        let reason = """
            sluiced is not running: nobody listens on /run/sluice/control.sock.
            Start it.
            """
        gone.lose(reason, at: Instant(nanoseconds: 2_000_000_000))
        gone.lose(reason, at: Instant(nanoseconds: 3_000_000_000))
        try expectGolden(
            Screens.seen(silent, 100, 12) + "\n" + Screens.seen(gone, 100, 12) + "\n"
                + Screens.seen(gone, 40, 10), "top-lost.txt")
        gone.take(Screens.sample)
        #expect(gone.link == .up)
    }

    @Test("A machine on which nothing happens yet says what is missing")
    func fresh() throws {
        var daemon = Control.Daemon(version: "0.1.0", instance: "a", pid: 9)
        daemon.maxRunning = 40
        let sample = TopSample(daemon: daemon, queues: [], workers: [], oldestWaiting: [])
        try expectGolden(Screens.seen(TopModel(sample), 80, 12), "top-fresh.txt")
        try expectGolden(topText(sample, host: "rack4", style: .plain), "top-once-fresh.txt")
    }

    @Test("--once is one page with all there is, or one object")
    func once() throws {
        let sample = Screens.sample
        try expectGolden(topText(sample, host: "rack4", style: .plain), "top-once.txt")
        try expectGolden(jsonLine(sample), "top-once.json")
    }
}

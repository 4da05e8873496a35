import SluiceWire
import Testing

@testable import sluicectl

@Suite("Keys of top")
struct TopKeyTests {
    /// What a table of keys says becomes of a screen on which `gpu_queue` is selected.
    struct Case: Sendable {
        let keys: [Key]
        var action: TopAction?
        var dialog: TopModel.Dialog?
        var says: String?
    }

    static let gpu = "gpu_queue"
    static let pause = TopChange.pause(queue: gpu)
    static let up = TopChange.limit(queue: gpu, from: 2, to: .number(3))

    static let cases: [Case] = [
        Case(keys: ["q"], action: .quit),
        Case(keys: ["x"]),
        Case(keys: ["p"], dialog: .confirm(pause)),
        Case(keys: ["p", "y"], action: .change(pause)),
        Case(keys: ["p", "n"], says: "nothing was changed."),
        Case(keys: ["p", "q"], says: "nothing was changed."),
        Case(keys: ["p", .enter], says: "nothing was changed."),
        Case(keys: ["p", .escape], says: "nothing was changed."),
        Case(keys: ["p", .down, "y"]),
        Case(keys: ["r"], says: "queue gpu_queue runs already."),
        Case(keys: [.up, "r", "y"], action: .change(.resume(queue: "embed"))),
        Case(keys: [.up, "p"], says: "queue embed is paused already."),
        Case(keys: [.up, "+"], says: "queue embed has no limit; give it one with =."),
        Case(keys: ["+"], dialog: .confirm(up)),
        Case(keys: ["+", "Y"], action: .change(up)),
        Case(
            keys: ["-", "y"],
            action: .change(.limit(queue: gpu, from: 2, to: .number(1)))),
        Case(keys: ["="], dialog: .limit(queue: gpu, from: 2, typed: "")),
        Case(keys: ["=", "q"], dialog: .limit(queue: gpu, from: 2, typed: "q")),
        Case(keys: ["=", "1", "2", .backspace], dialog: .limit(queue: gpu, from: 2, typed: "1")),
        Case(keys: ["=", "1", "2", .wipe], dialog: .limit(queue: gpu, from: 2, typed: "")),
        Case(
            keys: ["=", "1", "2", .enter],
            dialog: .confirm(.limit(queue: gpu, from: 2, to: .number(12)))),
        Case(
            keys: ["="] + Array(repeating: "9", count: 11) + [.enter],
            dialog: .confirm(.limit(queue: gpu, from: 2, to: .number(99_999_999_999)))),
        Case(
            keys: ["=", "n", "o", "n", "e", .enter, "y"],
            action: .change(.limit(queue: gpu, from: 2, to: .none))),
        Case(
            keys: ["=", "x", .enter], dialog: .limit(queue: gpu, from: 2, typed: "x"),
            says: "concurrency_limit takes a whole number, or none, not 'x'"),
        Case(keys: ["=", .enter], says: "nothing was changed."),
        Case(keys: ["=", "3", .escape]),
        Case(keys: ["?"], dialog: .help),
        Case(keys: ["?", "p"]),
        Case(keys: [.enter], action: .poll, dialog: .detail(queue: gpu)),
        Case(keys: [.enter, .down], action: .poll, dialog: .detail(queue: "whisper")),
        Case(keys: [.enter, .escape]),
        Case(keys: [.enter, "q"], action: .quit, dialog: .detail(queue: gpu)),
        Case(
            keys: [.enter, "p", "n"], dialog: .detail(queue: gpu), says: "nothing was changed."),
        Case(keys: [.enter, "p", "y"], action: .change(pause), dialog: .detail(queue: gpu)),
        Case(keys: [.enter, "=", "3", .escape], dialog: .detail(queue: gpu)),
        Case(
            keys: [.enter, "=", "3", .enter, "y"], action: .change(up),
            dialog: .detail(queue: gpu)),
        Case(keys: [.enter, "?", "x"], dialog: .detail(queue: gpu)),
        Case(keys: [.enter, "?", "x", .escape]),
        Case(keys: [.redraw], action: .redraw),
        Case(keys: ["p", .redraw], action: .redraw, dialog: .confirm(pause)),
    ]

    @Test("Each does what the table says, and nothing is changed without a y", arguments: cases)
    func table(_ wanted: Case) {
        var model = TopModel(Screens.sample)
        model.select(1)
        var action: TopAction?
        for key in wanted.keys { action = model.press(key) }
        #expect(action == wanted.action)
        #expect(model.dialog == wanted.dialog)
        var says = wanted.says
        if case .change(let change) = wanted.action { says = "\(change.phrase) …" }
        #expect(model.message?.text == says)
    }

    @Test("At 0 a limit goes no lower")
    func lowest() {
        var sample = Screens.sample
        sample.queues[0].concurrencyLimit = 0
        var model = TopModel(sample)
        model.select(1)
        #expect(model.press("-") == nil)
        #expect(model.dialog == nil)
        #expect(model.message?.text == "queue gpu_queue has the limit 0, and starts nothing.")
    }

    @Test("A limit that cannot be raised is not")
    func highest() {
        var sample = Screens.sample
        sample.queues[0].concurrencyLimit = .max
        var model = TopModel(sample)
        model.select(1)
        #expect(model.press("+") == nil)
        #expect(model.dialog == nil)
    }

    @Test("What does not fit into the window is not asked, and no y is taken for it")
    func narrow() {
        var model = TopModel(Screens.sample)
        model.select(1)
        model.columns = 20
        for key in ["+", "="] as [Key] {
            #expect(model.pressing(key).dialog == nil)
            #expect(model.pressing(key).message?.text == "too narrow to ask; widen it")
        }
        #expect(model.pressing("p").dialog == .confirm(Self.pause))
        model.columns = 90
        model = model.pressing("+")
        model.columns = 20
        #expect(model.press("y") == nil)
        #expect(model.message?.text == "nothing was changed.")
    }

    @Test("Without queues there is nothing to change, and no key goes wrong")
    func empty() {
        var sample = Screens.sample
        sample.queues = []
        for key in ["p", "r", "+", "-", "=", "j", "k", "s", .enter, .pageDown, .end] as [Key] {
            var model = TopModel(sample)
            #expect(model.press(key) == nil)
            #expect(model.dialog == nil)
        }
    }

    @Test("A second change waits for the answer to the first")
    func underway() {
        var model = TopModel(Screens.sample).pressing(.down, "p", "y", "+")
        #expect(model.dialog == nil)
        #expect(model.message?.text == "sluiced has not answered yet: pause queue gpu_queue")
        model.finish(Self.pause, .success("queue gpu_queue is paused."))
        #expect(model.message?.text == "queue gpu_queue is paused.")
        #expect(model.pressing("+").dialog == .confirm(Self.up))
    }

    @Test("The selection stays with its queue when rows move, and with its place when that goes")
    func selection() {
        var model = TopModel(Screens.sample).pressing(.down)
        #expect(model.selected == Self.gpu)
        model = model.pressing("s")
        #expect(model.queues.map(\.concurrencyID) == [Self.gpu, "embed", "whisper"])
        #expect(model.selected == Self.gpu)
        var less = Screens.sample
        less.queues.removeAll { $0.concurrencyID == Self.gpu }
        model.take(less)
        #expect(model.selected == "embed")
        less.queues = []
        model.take(less)
        #expect(model.selected == nil)
        model.take(Screens.sample)
        #expect(model.selected == Self.gpu)
    }

    @Test("Every order is reached and has equals in the order of their names")
    func orders() {
        var model = TopModel(Screens.crowd(of: 30))
        for order in QueueOrder.allCases {
            #expect(model.order == order)
            for (a, b) in zip(model.queues, model.queues.dropFirst()) {
                #expect(!order.precedes(b, a))
                #expect(order.precedes(a, b))
            }
            model = model.pressing("s")
        }
        #expect(model.order == .name)
    }

    @Test("A message leaves with the next key, or after some polls")
    func messages() {
        let said = TopModel(Screens.sample).pressing("p")
        #expect(said.message != nil)
        #expect(said.pressing("x").message == nil)
        var later = said
        for _ in 0..<20 { later.take(Screens.sample) }
        #expect(later.message == nil)
    }
}

/// Tables of keys read better with the characters that are on them.
extension Key: ExpressibleByExtendedGraphemeClusterLiteral {
    public init(extendedGraphemeClusterLiteral character: Character) {
        self = .character(character)
    }
}

import Testing

@testable import SluiceGateway

@Suite("Functions are what Gradio's clients take them for")
struct GradioFunctionTests {
    private func function(_ parameters: String, returns: String = "null") -> GradioFunction {
        let text = #"{"parameters":[\#(parameters)],"returns":\#(returns)}"#
        return GradioFunction("f", number: 7, signature: Signature(json: text))
    }

    private let a = #"{"name":"a","kind":"positional_or_keyword","type":"int"}"#
    private let b = #"{"name":"b","kind":"positional_or_keyword","default":2}"#
    private let odd =
        #"{"name":"o","kind":"positional_or_keyword","default":"<x>","default_is_text":true}"#
    private let key = #"{"name":"k","kind":"keyword_only","default":null}"#
    private let list = #"{"name":"l","kind":"var_positional"}"#
    private let fields = #"{"name":"w","kind":"var_keyword"}"#

    @Test("Values go to parameters by their place, and those at the end may be missing")
    func places() throws {
        let all = try function([a, b, key].joined(separator: ",")).arguments([1, 5, "x"])
        #expect(all.positional == [1, 5] && all.keywords == ["k": "x"])
        let some = try function([a, b, key].joined(separator: ",")).arguments([1])
        #expect(some.positional == [1] && some.keywords.isEmpty)
    }

    @Test("A default that JSON cannot say is left to the worker, and what follows goes by name")
    func unsaid() throws {
        let function = function([a, odd, b].joined(separator: ","))
        let (positional, keywords) = try function.arguments([1, nil, 5])
        #expect(positional == [1] && keywords == ["b": 5])
        let null = try function.arguments([1, .null, 5])
        #expect(null.positional == [1] && null.keywords == ["b": 5])
    }

    @Test(
        "What is open to more is one input, a list or an object; of strangers nothing else is known"
    )
    func open() throws {
        let (positional, keywords) = try function([a, list, fields].joined(separator: ","))
            .arguments([1, [2, 3], ["x": 4]])
        #expect(positional == [1, 2, 3] && keywords == ["x": 4])
        let stranger = GradioFunction("f", number: 1, signature: nil)
        #expect(try stranger.arguments([[1]]).positional == [1])
        #expect(try stranger.arguments([]).positional.isEmpty)
    }

    @Test("Names are put in order, and one that there is not is refused")
    func names() throws {
        let function = function([a, b].joined(separator: ","))
        #expect(try function.ordered(["b": 3, "a": 1]) == [1, 3])
        #expect(try function.ordered(["a": 1]) == [1, nil])
        #expect(throws: Refusal.self) { try function.ordered(["c": 1]) }
    }

    @Test(
        "Arguments that cannot be are refused before anybody waits",
        arguments: [[], [1, 2, 3, 4, 5], [1, nil, nil, 7], [1, 2, nil, [3], 4]] as [[Value?]])
    func impossible(data: [Value?]) {
        let function = function([a, odd, list, fields].joined(separator: ","))
        let refusal = #expect(throws: Refusal.self) { try function.arguments(data) }
        #expect(refusal?.status == 422 && refusal?.code == "bad_arguments")
    }

    @Test(
        "Components follow the type",
        arguments: [
            ("str", .textbox), ("int", .number), ("Optional[float]", .number),
            ("bool | None", .checkbox), ("bytes", .file), ("sluice.File", .file),
            ("list", .json), (nil, .json),
        ] as [(String?, GradioComponent)])
    func components(type: String?, component: GradioComponent) {
        #expect(GradioComponent(type: type) == component)
    }

    @Test("A list of types is as many outputs, and a result has to have as many")
    func outputs() {
        let two = function("", returns: #"[{"type":"str"},{"type":"int"}]"#)
        #expect(two.split(["x", 1]) == ["x", 1])
        #expect(two.split(["x"]) == nil && two.split("x") == nil)
        #expect(function("", returns: #"{"type":"list"}"#).split([1, 2]) == [[1, 2]])
        #expect(function("").split(.null) == [.null])
    }

    @Test("A configuration has what clients need, and every component that is named")
    func config() throws {
        let config = GradioConfig.config([function([a, odd].joined(separator: ","))])
        let components = try #require(config["components"]?.arrayValue)
        let told = try #require(config["dependencies"]?.arrayValue?.first)
        #expect(told["id"] == 7 && told["api_name"] == "f" && told["targets"] == [])
        let named = try #require(told["inputs"]?.arrayValue) + #require(told["outputs"]?.arrayValue)
        #expect(Set(named) == Set(components.compactMap { $0["id"] }))
        #expect(config["protocol"] == "sse_v3" && config["connect_heartbeat"] == false)
        let info = GradioConfig.info([function([a, odd, key].joined(separator: ","))])
        let parameters = try #require(info["named_endpoints"]?["/f"]?["parameters"]?.arrayValue)
        #expect(parameters.map { $0["parameter_has_default"] } == [false, true, true])
        #expect(parameters[1]["parameter_default"] == .null)
    }

    @Test("An input is shown with an example where it has no default but null")
    func examples() throws {
        let maybe = #"{"name":"m","kind":"keyword_only","type":"str","default":null}"#
        let info = GradioConfig.info([function([a, b, maybe].joined(separator: ","))])
        let parameters = try #require(info["named_endpoints"]?["/f"]?["parameters"]?.arrayValue)
        #expect(parameters.map { $0["example_input"] } == [3, 2, "Hello!!"])
    }

    @Test("A number stays with its name, in every gateway, and two never share one")
    func numbers() throws {
        var numbers = GradioNumbers()
        var others = GradioNumbers()
        let names = (0..<2000).map { "function-\($0)" }
        let given = names.compactMap { numbers.number(of: $0) }
        #expect(Set(given).count == names.count)
        let again = names.reversed().compactMap { others.number(of: $0) }
        #expect(given == again.reversed())
        for (name, number) in zip(names, given) { #expect(numbers.name(of: number) == name) }
        #expect(numbers.name(of: -1) == nil)
    }

    @Test("Names that have the same number by chance get two")
    func collision() throws {
        #expect(GradioNumbers.hash("f6059") == GradioNumbers.hash("f264602"))
        var numbers = GradioNumbers()
        let given = numbers.number(of: "f6059")
        let first = try #require(given)
        let second = numbers.number(of: "f264602")
        #expect(second == first + 1)
        #expect(numbers.name(of: first + 1) == "f264602")
    }

    @Test("Beyond so many names there are no numbers")
    func mostNames() {
        var numbers = GradioNumbers()
        for number in 0..<GatewayLimits.gradioFunctions { _ = numbers.number(of: "\(number)") }
        let (more, known) = (numbers.number(of: "more"), numbers.number(of: "0"))
        #expect(more == nil && known != nil)
    }
}

import Foundation
import Testing

@testable import SluiceGateway

@Suite("The JSON of an inference is read in one go, whoever wrote it")
struct InferenceReaderTests {
    private func refusal(_ json: some Sequence<UInt8>) throws -> String {
        let model = try Models.model()
        let error = #expect(throws: Refusal.self) {
            try InferenceCall(Array(json), jsonLength: nil, of: model)
        }
        #expect(error?.status == 400)
        return error?.message ?? ""
    }

    /// The bytes of the one tensor in a call.
    private func bytes(_ datatype: String, _ data: String, count: Int) throws -> [UInt8] {
        let model = try Models.model(datatype, shape: "[-1]")
        let call = try Models.call(model, "[\(count)]", datatype, data: data)
        let length = (0..<4).reduce(0) { $0 | Int(call.envelope[$1]) << (8 * $1) }
        return Array(call.envelope[((4 + length + 7) & ~7)...])
    }

    private func element(_ datatype: String, _ text: String) throws -> UInt64 {
        try bytes(datatype, "[\(text)]", count: 1).prefix(8).reversed().reduce(0) {
            $0 << 8 | UInt64($1)
        }
    }

    @Test("What a tensor is may be said behind its data, and the last of two fields counts")
    func order() throws {
        let model = try Models.model()
        let x = """
            {"data":[[1,2]],"shape":[9],"datatype":"FP32","name":"x","shape":[1,2],"what":[{}]}
            """
        let json = """
             { "inputs" : [ 5 ] , "id":null,
            "inputs":[\(x)],"outputs":null,"parameters":null}\t
            """
        let refused = try refusal(json.utf8)
        #expect(refused.contains("inputs[0] is no object"))
        let call = try InferenceCall(
            Array(json.replacing("[ 5 ]", with: "[]").utf8), jsonLength: nil, of: model)
        #expect(call.id == nil && call.wishes.count == 1)
    }

    @Test(
        "Integers to the ends of their type, in every spelling of them",
        arguments: [
            ("UINT8", "255", 255), ("INT8", "-128", 0x80), ("UINT8", "-0", 0),
            ("INT16", "1e3", 1000), ("INT64", "-9223372036854775808", 1 << 63),
            ("UINT64", "18446744073709551615", .max),
            ("INT32", "-2.0", 0xffff_fffe), ("UINT16", "6.5535E+4", 65535), ("INT64", "0e9", 0),
            ("UINT64", "0.00000000000000000000000000000000e1", 0), ("INT64", "0e-999999999", 0),
            ("UINT64", "9007199254740993.0", 9_007_199_254_740_993),
            ("INT64", "9223372036854775807.000000000000000000000000", 1 << 63 - 1),
            ("UINT64", "1844674407370955161.5e1", .max), ("UINT8", "1000000e-6", 1),
        ] as [(String, String, UInt64)])
    func integers(datatype: String, text: String, value: UInt64) throws {
        #expect(try element(datatype, text) == value)
    }

    @Test(
        "Numbers are those nearest to what is written",
        arguments: [
            "0", "-0.0", "1", "0.1", "-2.5e-3", "123456789012345678", "9007199254740993",
            "1.7976931348623157e308", "5e-324", "2.2250738585072011e-308", "1e22", "1e23", "1e-22",
            "0.30000000000000004", "179769313486231580793728971405301e250", "1e-999999999999",
            "4.35", "0.000001", "3.141592653589793238462643383279502884197169399375105820974944",
        ])
    func numbers(text: String) throws {
        let double = try #require(Double(text))
        #expect(try element("FP64", text) == double.bitPattern)
        guard Float(double).isFinite else { return }
        #expect(try element("FP32", text) == UInt64(Float(double).bitPattern))
    }

    @Test(
        "What is out of range, or no number, is refused, with its place",
        arguments: [
            ("UINT8", "256"), ("UINT8", "-1"), ("INT8", "-129"), ("INT8", "128"), ("INT16", "1e5"),
            ("INT64", "9223372036854775808"), ("INT64", "-9223372036854775809"),
            ("UINT64", "18446744073709551616"), ("INT64", "9007199254740993.5"),
            ("INT64", "4503599627370497.25"), ("INT64", "0.99999999999999999999"),
            ("UINT8", "1.00000000000000000000000001"), ("INT8", "1e-999999999999"),
            ("UINT64", "1844674407370955161.6e1"),
            ("INT32", "0.5"), ("INT32", "1e-1"), ("INT64", "1e999999999999"), ("FP16", "65520"),
            ("FP32", "3.5e38"), ("FP64", "1e309"), ("FP32", "null"), ("FP32", "true"),
            ("FP32", #""1""#), ("FP32", "[1]"), ("BOOL", "1"), ("BOOL", "null"), ("BYTES", "1"),
            ("BYTES", #""\ud800""#), ("UINT8", "{}"), ("INT64", "99999999999999999999999999"),
        ])
    func range(datatype: String, text: String) {
        let good = ["BOOL": "true", "BYTES": #""""#][datatype] ?? "1"
        let error = #expect(throws: Refusal.self) {
            try bytes(datatype, "[\(good),\(text)]", count: 2)
        }
        #expect(error?.status == 400)
        #expect(error?.message.contains("input x: data[1] is no \(datatype)") == true)
    }

    @Test(
        "What is no JSON is no request, whatever others take for a number",
        arguments: [
            "NaN", "Infinity", "-Infinity", "01", "+1", "1.", ".5", "0x1", "1e", "--1", "1_0", "",
            "1 2", "1,", ",1", "'a'", "truee", "\"\u{1}\"",
        ])
    func noJSON(text: String) throws {
        let json = #"{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[\#(text),1]}]}"#
        #expect(try refusal(json.utf8).contains("is not JSON"))
    }

    @Test(
        "Strings are what they say, whatever way they are written",
        arguments: [
            (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{c}\n\r\t"), (#""\u00e9é""#, "éé"),
            (#""\ud83d\ude00""#, "😀"), (#""\u0000""#, "\0"), (#""""#, ""),
        ])
    func strings(text: String, value: String) throws {
        let told = try bytes("BYTES", "[\(text),\"z\"]", count: 2)
        let padded = (value.utf8.count + 7) & ~7
        #expect(Array(told.prefix(value.utf8.count)) == Array(value.utf8))
        #expect(told[padded] == UInt8(ascii: "z"))
    }

    @Test("What is nested very deeply is refused wherever it stands, and costs no stack")
    func deep() throws {
        let nest = String(repeating: "[", count: 10_000)
        let whole = nest + String(repeating: "]", count: 10_000)
        for text in [nest, whole, whole.replacing("[", with: "{\"a\":")] {
            for json in [
                text, #"{"what":\#(text)}"#, #"{"parameters":{"scale":\#(text)}}"#,
                #"{"inputs":\#(text)}"#, #"{"inputs":[{"shape":\#(text)}]}"#,
                #"{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":\#(text)}]}"#,
            ] { #expect(try !refusal(json.utf8).isEmpty) }
        }
    }

    private static func secondsOfThread() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec
    }

    @Test("Very many small values cost no time, wherever they stand")
    func many() throws {
        let size = GatewayLimits.inferenceJSON - 200
        let lists = "[" + String(repeating: "[],", count: size / 3) + "[]]"
        let start = Self.secondsOfThread()
        #expect(try refusal(lists.utf8).contains("the JSON is no object"))
        let values = try refusal(#"{"parameters":{"scale":\#(lists)},"inputs":[]}"#.utf8)
        #expect(values.contains("has more than 1048576 values"))
        let data = #"{"name":"x","datatype":"FP32","shape":[1,2],"data":\#(lists)}"#
        #expect(try refusal(#"{"inputs":[\#(data)]}"#.utf8).contains("0 elements where"))
        #expect(try refusal(#"{"inputs":\#(lists)}"#.utf8).contains("inputs[0] is no object"))
        #expect(try !refusal(#"{"what":\#(lists),"inputs":[]}"#.utf8).isEmpty)
        // Whatever else runs. By thrown errors it was some minutes.
        #expect(Self.secondsOfThread() - start < 60)
    }

    @Test(
        "Lists that are not as the shape says are refused, with how they are",
        arguments: [
            ("[3]", "[1,2]", "2 elements where"), ("[1]", "[1,2]", "more than 1 elements where"),
            ("[2,2]", "[1,2,3,4,5]", "more than 4"),
            ("[2,2]", "[[1,2],[3,4],[5,6]]", "more than 2"),
            ("[2,2]", "[[1,2],[[3],4]]", "data[1][0]"), ("[2,2]", "[]", "0 elements where"),
            ("[2,2]", "[1,2,[3,4]]", "data[2]"), ("[2,2]", "{}", "data is no list"),
            ("[0,2]", "[1]", "more than 0"), ("[]", "[1,2]", "more than 1"),
        ])
    func counts(shape: String, data: String, why: String) throws {
        let json = #"{"inputs":[{"name":"x","datatype":"FP32","shape":\#(shape),"data":\#(data)}]}"#
        #expect(try refusal(json.utf8).contains(why))
    }

    @Test("A shape may be written as any whole number may", arguments: ["2.0", "2e0", " 0.2e1 "])
    func shape(text: String) throws {
        let model = try Models.model()
        let call = try Models.call(model, "[1,\(text)]", data: "[1,2]")
        #expect(call.envelope == (try Models.call(model, "[1,2]", data: "[1,2]")).envelope)
    }

    @Test("A shape of more directions than there are is refused before all of it is read")
    func directions() throws {
        let ones = String(repeating: "1,", count: 32)
        let refused = try refusal(#"{"inputs":[{"shape":[\#(ones)1]}]}"#.utf8)
        #expect(refused.contains("inputs[0].shape[32]: a shape has 32 at most"))
    }

    @Test(
        "What is missing or is something else is said by its place",
        arguments: [
            ("[]", "the JSON is no object"), ("{}", "has no inputs"),
            (#"{"inputs":{}}"#, "inputs is no list"), (#"{"inputs":null}"#, "inputs is no list"),
            (#"{"inputs":[{}]}"#, "inputs[0] has no name"),
            (#"{"inputs":[{"name":1}]}"#, "inputs[0].name is no text"),
            (#"{"inputs":[{"name":"x"}]}"#, "inputs[0] has no datatype"),
            (#"{"inputs":[{"name":"x","datatype":"FP32"}]}"#, "inputs[0] has no shape"),
            (#"{"inputs":[{"shape":[2,1.5]}]}"#, "inputs[0].shape[1] is no whole number"),
            (#"{"inputs":[{"shape":["2"]}]}"#, "inputs[0].shape[0] is no whole number"),
            (#"{"inputs":[{"shape":[[2]]}]}"#, "inputs[0].shape[0] is no whole number"),
            (#"{"inputs":[{"shape":[1e30]}]}"#, "inputs[0].shape[0] is no whole number"),
            (#"{"inputs":[{"shape":3}]}"#, "inputs[0].shape is no list"),
            (#"{"inputs":[{"shape":[2,}]}"#, "is not JSON"),
            (#"{"id":7,"inputs":[]}"#, "id is no text"),
            (#"{"parameters":[],"inputs":[]}"#, "parameters is no object"),
            (#"{"inputs":[],"outputs":[{}]}"#, "outputs[0] has no name"),
            (#"{"inputs":[],"outputs":[{"name":"a","parameters":1}]}"#, "outputs[0].parameters"),
            (#"{"parameters":{"\u00e9":1,"e\u0301":1},"inputs":[]}"#, "same text"),
            (#"{"inputs":[]} x"#, "is not JSON"), (#"{"inputs":[]"#, "is not JSON"),
            ("", "is not JSON"), (#"{"inputs":[,]}"#, "is not JSON"),
            ("{inputs:[]}", "is not JSON"),
        ])
    func places(json: String, why: String) throws {
        #expect(try refusal(json.utf8).contains(why), "\(json)")
    }

    @Test("A byte that is no UTF-8 makes it none")
    func encoding() throws {
        let json = Array(#"{"inputs":[],"a":""#.utf8) + [0xff, 0x22, 0x7d]
        #expect(try refusal(json).contains("is not JSON"))
    }

    @Test("What was said at length is not said back so")
    func longNames() {
        let name = String(repeating: "n", count: 1 << 20)
        #expect(Refusal.malformed("\(name) is none").message.count == 1000)
    }
}

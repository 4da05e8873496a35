import Testing

@testable import SluiceGateway

@Suite("Results become answers to inference")
struct InferenceAnswerTests {
    private func call(_ model: InferenceModel, isBinary: Bool = false) throws -> InferenceCall {
        let datatype = model.inputs[0].tensor.datatype
        return try Models.call(
            model, "[0,2]", datatype.rawValue, data: "[]",
            parameters: "{\"binary_data_output\":\(isBinary)}")
    }

    private static func array(_ bytes: [UInt8], _ dtype: String, _ shape: [Int]) -> Part {
        var part = Part(bytes[...])
        (part.dtype, part.shape) = (dtype, shape)
        return part
    }

    private func data(of answer: InferenceAnswer) -> String? {
        let text = String(decoding: answer.json, as: UTF8.self)
        return text.firstMatch(of: /"data":(\[.*\])}\]}$/).map { String($0.output.1) }
    }

    @Test("An array and a list of numbers are the same, in JSON and behind it")
    func forms() throws {
        let model = try Models.model("INT16", shape: "[-1,2]")
        let bytes: [UInt8] = [255, 255, 44, 1]
        for (value, parts) in [
            (Value.part(0), [Self.array(bytes, "<i2", [2])]), ([-1, 300], []),
            (["output": [-1, 300]], []),
        ] {
            let plain = try InferenceAnswer(value, parts, to: try call(model))
            #expect(
                String(decoding: plain.json, as: UTF8.self) == """
                    {"id":"7","model_name":"f","model_version":"1","outputs":[{"name":"output",\
                    "datatype":"INT16","shape":[2],"data":[-1,300]}]}
                    """)
            #expect(plain.tensors.isEmpty)
            let binary = try InferenceAnswer(value, parts, to: try call(model, isBinary: true))
            #expect(binary.tensors.map { Array($0) } == [bytes])
            #expect(
                String(decoding: binary.json, as: UTF8.self).hasSuffix(
                    #""shape":[2],"parameters":{"binary_data_size":4}}]}"#))
        }
    }

    @Test(
        "Numbers are written as they are",
        arguments: [
            ("BOOL", [0, 1], "|b1", "[false,true]"), ("INT8", [255, 1], "|i1", "[-1,1]"),
            ("UINT8", [255, 1], "<u1", "[255,1]"), ("UINT16", [0, 1], "<u2", "[256]"),
            ("UINT64", [255, 255, 255, 255, 255, 255, 255, 255], "<u8", "[18446744073709551615]"),
            ("FP16", [0, 60], "<f2", "[1.0]"), ("FP32", [205, 204, 204, 61], "<f4", "[0.1]"),
            ("FP64", [154, 153, 153, 153, 153, 153, 185, 63], "<f8", "[0.1]"),
        ] as [(String, [UInt8], String, String)])
    func numbers(datatype: String, bytes: [UInt8], dtype: String, text: String) throws {
        let model = try Models.model(datatype)
        let shape = [bytes.count / (dtype.last?.wholeNumberValue ?? 1)]
        let parts = [Self.array(bytes, dtype, shape)]
        let answer = try InferenceAnswer(.part(0), parts, to: try call(model))
        #expect(data(of: answer) == text)
    }

    @Test("Strings are text, or bytes with their lengths")
    func strings() throws {
        let model = try Models.model("BYTES")
        let value: Value = ["ä\"", .part(0)]
        let answer = try InferenceAnswer(value, [Part([97])], to: try call(model))
        #expect(data(of: answer) == #"["ä\"","a"]"#)
        let binary = try InferenceAnswer(value, [Part([255])], to: try call(model, isBinary: true))
        #expect(
            binary.tensors.map { Array($0) } == [[3, 0, 0, 0, 195, 164, 34, 1, 0, 0, 0, 255]])
    }

    @Test("What JSON cannot say has to be asked for in binary form")
    func unwritable() throws {
        let bytes = try Models.model("BYTES")
        let floats = try Models.model("FP32")
        let errors = [
            #expect(throws: Refusal.self) {
                try InferenceAnswer([.part(0)], [Part([255])], to: try call(bytes))
            },
            #expect(throws: Refusal.self) {
                try InferenceAnswer([.number(.nan)], [], to: try call(floats))
            },
        ]
        #expect(errors.map { $0?.code } == ["needs_binary", "needs_binary"])
        let answer = try InferenceAnswer(
            [.number(.infinity)], [], to: try call(floats, isBinary: true))
        #expect(answer.tensors.map { Array($0) } == [[0, 0, 128, 127]])
    }

    @Test("More text than a body may have has to be asked for in binary form")
    func tooLong() throws {
        let model = try Models.model("FP64")
        // Numbers of 22 letters.
        let count = GatewayLimits.body / 22
        let bytes = [UInt8](repeating: 0xa9, count: count * 8)
        let parts = [Self.array(bytes, "<f8", [count])]
        let error = #expect(throws: Refusal.self) {
            try InferenceAnswer(.part(0), parts, to: try call(model))
        }
        #expect(error?.code == "needs_binary")
    }

    @Test(
        "A result that is not what was declared is an error of the function",
        arguments: [
            (.null, "returned None"), ([[1], [2]], "the shape [2, 1]"), (1, "the shape []"),
            ([1, "a"], "a string"), ([1, true], "a Boolean"),
            ([[1], [2, 3]], "different lengths"),
            ([1, [2]], "a list"), ([1e300], "the number 1e+300"), (["z": [1]], "named z"),
            ([.part(0)], "in a list"), (.part(0), "an array of <f8"), (.part(1), "an array of >f4"),
            (.part(2), "not that of its bytes"), (.part(3), "the shape [1, 1]"),
            (.part(4), "not that of its bytes"), (.part(5), "an array or bytes"),
        ] as [(Value, String)])
    func wrong(value: Value, why: String) throws {
        let parts = [
            Self.array([0, 0, 0, 0, 0, 0, 0, 0], "<f8", [1]), Self.array([0, 0, 0, 0], ">f4", [1]),
            Self.array([0, 0, 0, 0], "<f4", [2]), Self.array([0, 0, 0, 0], "<f4", [1, 1]),
            Self.array([0], "<f4", [4_611_686_018_427_387_904, 4]), Part([1]),
        ]
        let error = #expect(throws: Refusal.self) {
            try InferenceAnswer(value, parts, to: try call(try Models.model()))
        }
        #expect(error?.status == 500)
        #expect(error?.message.contains(why) == true, "\(error?.message ?? "")")
    }

    @Test("Integers in lists have to fit, also those beyond Int64")
    func integers() throws {
        let model = try Models.model("UINT64")
        for value in [[-1], [.number(9_223_372_036_854_775_808)]] as [Value] {
            #expect(throws: Refusal.self) {
                try InferenceAnswer(value, [], to: try call(model))
            }
        }
    }

    @Test("Several outputs come by their names, and those that were asked for")
    func several() throws {
        let model = try Models.model(
            outputs: """
                {"name":"a","datatype":"INT8","shape":[1]},
                {"name":"b","datatype":"BOOL","shape":[]}
                """)
        let value: Value = ["a": [1], "b": true]
        let asked = try Models.call(
            model, "[0,2]", data: "[]", more: #","outputs":[{"name":"b"}]"#)
        let answer = try InferenceAnswer(value, [], to: asked)
        #expect(
            String(decoding: answer.json, as: UTF8.self).hasSuffix(
                #""outputs":[{"name":"b","datatype":"BOOL","shape":[],"data":[true]}]}"#))
        #expect(throws: Refusal.self) { try InferenceAnswer([1], [], to: asked) }
    }
}

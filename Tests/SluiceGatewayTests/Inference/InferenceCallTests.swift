import Testing

@testable import SluiceGateway

@Suite("Requests for inference become arguments")
struct InferenceCallTests {
    /// The parts that would be sent to the worker, and the JSON before them.
    private func opened(_ call: InferenceCall) throws -> (json: Value, bytes: [UInt8]) {
        let length = (0..<4).reduce(0) { $0 | Int(call.envelope[$1]) << (8 * $1) }
        let end = 4 + length
        return (
            try Value(json: call.envelope[4..<end]), Array(call.envelope[((end + 7) & ~7)...])
        )
    }

    private static func bytes(_ numbers: [Float]) -> [UInt8] {
        numbers.flatMap { number in
            withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) }
        }
    }

    @Test("Numbers in one list, in lists, and in binary form are the same tensor")
    func forms() throws {
        let model = try Models.model()
        let numbers = Self.bytes([1, 2.5, -3, 4e20])
        let calls = [
            try Models.call(model, "[2,2]", data: "[1,2.5,-3,4e20]"),
            try Models.call(model, "[2,2]", data: "[[1,2.5],[-3,4e20]]"),
            try Models.call(model, "[2,2]", binary: numbers),
        ]
        for call in calls {
            let (json, bytes) = try opened(call)
            #expect(json["kwargs"] == ["x": ["$part": 0]] && json["args"] == [])
            #expect(json["parts"] == [["size": 16, "dtype": "<f4", "shape": [2, 2]]])
            #expect(bytes == numbers)
            #expect(call.id == "7" && call.wishes.map(\.isBinary) == [false])
        }
    }

    @Test("Strings are parts, in lists as their shape says")
    func strings() throws {
        let model = try Models.model("BYTES", shape: "[2,-1]")
        let binary: [UInt8] = [1, 0, 0, 0, 97, 0, 0, 0, 0, 2, 0, 0, 0, 98, 99, 0, 0, 0, 0]
        for call in [
            try Models.call(model, "[2,2]", "BYTES", data: #"[["a",""],["bc",""]]"#),
            try Models.call(model, "[2,2]", "BYTES", binary: binary),
        ] {
            let (json, bytes) = try opened(call)
            let rows: Value = [
                [["$part": 0], ["$part": 1]], [["$part": 2], ["$part": 3]],
            ]
            #expect(json["kwargs"]?["x"] == rows)
            #expect(json["parts"]?.arrayValue?.map { $0["size"] } == [1, 0, 2, 0])
            #expect(bytes == [97, 0, 0, 0, 0, 0, 0, 0, 98, 99, 0, 0, 0, 0, 0, 0])
        }
    }

    @Test("What the function takes besides is passed on, and a timeout is a deadline")
    func parameters() throws {
        let model = try Models.model()
        let call = try Models.call(
            model, "[1,2]", data: "[1,2]",
            parameters: #"{"scale":2,"timeout":1500,"binary_data_output":true}"#,
            others: #",{"name":"y","datatype":"INT64","shape":[1],"data":[9223372036854775807]}"#)
        let (json, _) = try opened(call)
        #expect(json["kwargs"] == ["x": ["$part": 0], "y": ["$part": 1], "scale": 2])
        #expect(call.deadline == .microseconds(1500) && call.wishes.map(\.isBinary) == [true])
        let wished = try Models.call(
            model, "[1,2]", data: "[1,2]", parameters: #"{"binary_data_output":true}"#,
            more: #","outputs":[{"name":"output","parameters":{"binary_data":false}}]"#)
        #expect(wished.wishes.map(\.isBinary) == [false] && wished.deadline == nil)
    }

    @Test("Integers keep their last digits, and none is taken that does not fit")
    func integers() throws {
        let model = try Models.model("UINT64", shape: "[-1]")
        let call = try Models.call(model, "[2]", "UINT64", data: "[18446744073709551615,0]")
        #expect(
            try opened(call).bytes == [UInt8](repeating: 255, count: 8) + [0, 0, 0, 0, 0, 0, 0, 0])
        for data in ["[18446744073709551616,0]", "[-1,0]", "[1.5,0]", "[true,0]", "[\"1\",0]"] {
            #expect(throws: Refusal.self) {
                try Models.call(model, "[2]", "UINT64", data: data)
            }
        }
    }

    @Test(
        "What does not fit the model is refused",
        arguments: [
            ("[1,3]", "FP32", "[1,2,3]", "takes [-1, 2]"),
            ("[2]", "FP32", "[1,2]", "takes [-1, 2]"),
            ("[1,2]", "FP64", "[1,2]", "takes FP32"),
            ("[1,2]", "BF16", "[1,2]", "no datatype BF16"),
            ("[1,2]", "FP32", "[1]", "1 elements where"),
            ("[2,2]", "FP32", "[[1,2],[3]]", "1 elements where"),
            ("[2,2]", "FP32", "[[1,2],3]", "data[1]"),
            ("[1,2]", "FP32", "[1,\"2\"]", "data[1]"),
            ("[1,2]", "FP32", "[1,1e999]", "cannot be read"),
            ("[-1,2]", "FP32", "[]", "no shape [-1, 2]"),
            ("[9223372036854775807,2]", "FP32", "[]", "no shape"),
            ("[4611686018427387904,2]", "FP32", "[]", "no shape"),
            ("[4611686018427387903,2]", "FP32", "[1]", "1 elements where"),
            ("[1,2]", "FP32", "null", "data"),
        ])
    func unfit(shape: String, datatype: String, data: String, why: String) throws {
        let model = try Models.model()
        let error = #expect(throws: Refusal.self) {
            try Models.call(model, shape, datatype, data: data)
        }
        #expect(error?.status == 400)
        #expect(error?.message.contains(why) == true, "\(error?.message ?? "")")
    }

    @Test(
        "Binary tensors have just the bytes that they say",
        arguments: [
            ("[1,2]", "FP32", [UInt8](repeating: 0, count: 4)),
            ("[4611686018427387903,2]", "FP32", [0]),
            ("[1,1]", "BOOL", [2]),
            ("[1,1]", "BYTES", [1, 0, 0]),
            ("[1,1]", "BYTES", [255, 255, 255, 255, 0]),
            ("[1,1]", "BYTES", [0, 0, 0, 0, 0]),
            ("[2,1]", "BYTES", [0, 0, 0, 0]),
        ])
    func binary(shape: String, datatype: String, bytes: [UInt8]) throws {
        let model = try Models.model(datatype, shape: "[-1,-1]")
        let error = #expect(throws: Refusal.self) {
            try Models.call(model, shape, datatype, binary: bytes)
        }
        #expect(error?.status == 400)
    }

    @Test("Bytes that are missing, left over, or there twice are refused")
    func lengths() throws {
        let model = try Models.model()
        let head = #"{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"#
        let sized = #"{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"parameters":"#
        let cases: [(String, [UInt8], hasLength: Bool, String)] = [
            (sized + #"{"binary_data_size":8}}]}"#, [], false, "fewer bytes"),
            (sized + #"{"binary_data_size":8}}]}"#, [0, 0, 0, 0], true, "fewer bytes"),
            (sized + #"{"binary_data_size":-8}}]}"#, [], true, "fewer bytes"),
            (sized + #"{"binary_data_size":"8"}}]}"#, [], true, "fewer bytes"),
            (head + #""data":[1,2]}]}"#, [0], true, "belong to no input"),
            (
                sized + #"{"binary_data_size":8},"data":[1,2]}]}"#, [UInt8](repeating: 0, count: 8),
                true, "besides"
            ),
            (sized + #"{"shared_memory_region":"r"}}]}"#, [], false, "not supported"),
        ]
        for (json, binary, hasLength, why) in cases {
            let error = #expect(throws: Refusal.self) {
                try InferenceCall(
                    Array(json.utf8) + binary, jsonLength: hasLength ? json.utf8.count : nil,
                    of: model)
            }
            #expect(error?.message.contains(why) == true, "\(json)")
        }
        for length in [-1, 3] {
            #expect(throws: Refusal.self) {
                try InferenceCall(Array("{}".utf8), jsonLength: length, of: model)
            }
        }
    }

    @Test("More JSON or more strings than the gateway reads are refused as too large")
    func limits() throws {
        let model = try Models.model("BYTES", shape: "[-1]")
        let much = [UInt8](repeating: UInt8(ascii: " "), count: GatewayLimits.inferenceJSON + 1)
        let many = #"["","# + String(repeating: #""","#, count: 4095) + #"""]"#
        let errors = [
            #expect(throws: Refusal.self) {
                try InferenceCall(much, jsonLength: nil, of: model)
            },
            #expect(throws: Refusal.self) {
                try Models.call(model, "[4097]", "BYTES", data: many)
            },
            #expect(throws: Refusal.self) {
                try Models.call(
                    model, "[4097]", "BYTES", binary: [UInt8](repeating: 0, count: 4097 * 4))
            },
        ]
        #expect(errors.map { $0?.code } == ["too_large", "too_large", "too_large"])
    }

    @Test(
        "What would make another answer is refused rather than left out",
        arguments: [
            (#"{"priority":1}"#, ""), (#"{"sequence_id":1}"#, ""), (#"{"temperature":1}"#, ""),
            (#"{"x":1}"#, ""), (#"{"timeout":-1}"#, ""), (#"{"timeout":"soon"}"#, ""),
            (#"{"timeout":9223372036854775807}"#, ""), (#"{"scale":[1]}"#, ""),
            (#"{"binary_data_output":1}"#, ""),
            ("{}", #","outputs":[{"name":"z"}]"#),
            ("{}", #","outputs":[{"name":"output"},{"name":"output"}]"#),
            ("{}", #","outputs":[{"name":"output","parameters":{"classification":2}}]"#),
        ])
    func unsupported(parameters: String, more: String) throws {
        let model = try Models.model()
        let error = #expect(throws: Refusal.self) {
            try Models.call(model, "[1,2]", data: "[1,2]", parameters: parameters, more: more)
        }
        #expect(error?.status == 400)
    }

    @Test("Inputs that are missing, unknown or there twice are refused")
    func inputs() throws {
        let model = try Models.model()
        let x = #"{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}"#
        let z = #"{"name":"z","datatype":"FP32","shape":[1,2],"data":[1,2]}"#
        for (inputs, why) in [("", "needs the input x"), (z, "no input z"), (x + "," + x, "twice")]
        {
            let error = #expect(throws: Refusal.self) {
                try InferenceCall(
                    Array("{\"inputs\":[\(inputs)]}".utf8), jsonLength: nil, of: model)
            }
            #expect(error?.message.contains(why) == true)
        }
    }
}

import Testing

@testable import SluiceGateway

@Suite("Functions that declare tensors are models")
struct InferenceModelTests {
    private static let tensor = #""tensor":{"datatype":"FP32","shape":[-1]}"#
    private static let returns =
        #""returns":{"tensors":[{"name":"y","datatype":"BYTES","shape":[]}]}"#

    @Test("What is declared is told")
    func metadata() throws {
        let model = try Models.model()
        #expect(
            String(decoding: model.metadata.json, as: UTF8.self) == """
                {"inputs":[{"datatype":"FP32","name":"x","shape":[-1,2]},\
                {"datatype":"INT64","name":"y","shape":[1]}],"name":"f",\
                "outputs":[{"datatype":"FP32","name":"output","shape":[-1]}],\
                "platform":"sluice","versions":["1"]}
                """)
        #expect(model.inputs.map(\.isRequired) == [true, false] && model.options == ["scale"])
    }

    @Test(
        "A function that needs something else is none, and says why",
        arguments: [
            (nil, "declares no tensors"),
            ("not JSON", "declares no tensors"),
            (#"{"parameters":[{"name":"a"}],"# + returns + "}", "a is declared as no tensor"),
            (#"{"parameters":[{"name":"a","default":1}],"# + returns + "}", "declares no tensors"),
            (#"{"parameters":[{"name":"a",\#(tensor)}]}"#, "what tensors it returns"),
            (
                #"{"parameters":[{"name":"a","kind":"positional_only",\#(tensor)}],\#(returns)}"#,
                "a cannot be given by its name"
            ),
            (
                #"{"parameters":[{"name":"a","tensor":{"datatype":"FP32","shape":[-2]}}]}"#,
                "a is declared as no tensor"
            ),
        ] as [(String?, String)])
    func others(signature: String?, why: String) throws {
        let error = #expect(throws: Refusal.self) {
            try Models.catalog([("f", signature)]).model("f")
        }
        #expect(error?.status == 404 && error?.message.contains(why) == true)
    }

    @Test("Models are found by name and by their one version")
    func lookup() throws {
        let signature = #"{"parameters":[{"name":"a",\#(Self.tensor)}],\#(Self.returns)}"#
        let catalog = Models.catalog([("a%b", signature), ("plain", nil)], workers: 0)
        #expect(try catalog.model("a%25b", version: "1").name == "a%b")
        for (name, version) in [("a%25b", "2"), ("a%b", nil), ("nobody", nil), ("a%", nil)] {
            #expect(throws: Refusal.self) { try catalog.model(name, version: version) }
        }
        #expect(catalog.repositoryIndex(readyOnly: false).arrayValue?.count == 1)
        #expect(catalog.repositoryIndex(readyOnly: true) == [])
    }
}

import SluiceWire

@testable import SluiceGateway

/// Functions as a worker might declare them.
enum Models {
    static func catalog(
        _ functions: [(name: String, signature: String?)], workers: Int = 1
    ) -> FunctionCatalog {
        FunctionCatalog(
            functions.map { name, _ in
                var function = Control.Function(function: name, concurrencyID: name)
                function.workers = workers
                return function
            },
            functions.map { Control.FunctionDescription(function: $0, signature: $1) })
    }

    /// The tensor x, y, which may be left out, and a number.
    static func model(
        _ datatype: String = "FP32", shape: String = "[-1,2]", outputs: String? = nil
    ) throws -> InferenceModel {
        let one = #"{"name":"output","datatype":"\#(datatype)","shape":[-1]}"#
        let signature = """
            {"parameters":[
              {"name":"x","tensor":{"datatype":"\(datatype)","shape":\(shape)}},
              {"name":"y","tensor":{"datatype":"INT64","shape":[1]},"default":null},
              {"name":"scale","default":1}],
             "returns":{"tensors":[\(outputs ?? one)]}}
            """
        return try catalog([("f", signature)]).model("f")
    }

    /// A request of one tensor and whatever else.
    static func call(
        _ model: InferenceModel, _ shape: String, _ datatype: String = "FP32",
        data: String? = nil, parameters: String = "{}", others: String = "",
        binary: [UInt8]? = nil, more: String = ""
    ) throws -> InferenceCall {
        let data = data.map { ",\"data\":\($0)" } ?? ""
        let size = binary.map { ",\"parameters\":{\"binary_data_size\":\($0.count)}" } ?? ""
        let json = Array(
            """
            {"id":"7","parameters":\(parameters),"inputs":[
              {"name":"x","datatype":"\(datatype)","shape":\(shape)\(data)\(size)}\(others)]\(more)}
            """.utf8)
        return try InferenceCall(
            json + (binary ?? []), jsonLength: binary == nil ? nil : json.count, of: model)
    }
}

/// A tensor as a worker declares it.
public struct TensorSpec: Hashable, Sendable {
    public var name: String
    public var datatype: Datatype
    /// Elements in each direction; -1: any number.
    public var shape: [Int]

    public init(_ name: String, _ datatype: Datatype, _ shape: [Int]) {
        self.name = name
        self.datatype = datatype
        self.shape = shape
    }

    /// Of what a stranger says; nil where it makes no sense.
    init?(_ name: String, told: Value) {
        guard let datatype = told["datatype"]?.stringValue.flatMap(Datatype.init),
            let sizes = told["shape"]?.arrayValue, sizes.count <= Shape.mostDirections
        else { return nil }
        let shape = sizes.compactMap(\.integerValue)
        guard shape.count == sizes.count, shape.allSatisfy({ $0 >= -1 }) else { return nil }
        self.init(name, datatype, shape)
    }

    func accepts(_ shape: [Int]) -> Bool {
        shape.count == self.shape.count
            && zip(shape, self.shape).allSatisfy { $1 == -1 || $0 == $1 }
    }

    /// As metadata has it.
    var told: Value {
        [
            "name": .string(name), "datatype": .string(datatype.rawValue),
            "shape": Shape.told(shape),
        ]
    }
}

enum Shape {
    /// As many as numpy has at least.
    static let mostDirections = 32

    /// The elements of a tensor of this shape; nil where there can be none such.
    static func count(_ shape: [Int]) -> Int? {
        guard shape.count <= mostDirections, shape.allSatisfy({ $0 >= 0 }) else { return nil }
        guard !shape.contains(0) else { return 0 }
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else { return nil }
            count = product
        }
        return count
    }

    /// The bytes of so many elements; nil where they are more than can be counted.
    static func bytes(_ count: Int, of size: Int) -> Int? {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
        return overflow ? nil : bytes
    }

    static func told(_ shape: [Int]) -> Value { .array(shape.map { .integer(Int64($0)) }) }

    static func text(_ shape: [Int]) -> String {
        "[\(shape.map { "\($0)" }.joined(separator: ", "))]"
    }
}

/// The elements of a tensor, in C order.
enum TensorData: Hashable, Sendable {
    /// Of a fixed size, little-endian.
    case packed(ArraySlice<UInt8>)
    /// Of BYTES.
    case strings([ArraySlice<UInt8>])
}

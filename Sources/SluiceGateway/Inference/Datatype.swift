/// What the elements of a tensor are, as the protocol names them.
public enum Datatype: String, Hashable, Sendable, CaseIterable {
    case bool = "BOOL"
    case uint8 = "UINT8"
    case uint16 = "UINT16"
    case uint32 = "UINT32"
    case uint64 = "UINT64"
    case int8 = "INT8"
    case int16 = "INT16"
    case int32 = "INT32"
    case int64 = "INT64"
    case fp16 = "FP16"
    case fp32 = "FP32"
    case fp64 = "FP64"
    /// Strings of bytes, each with its own length.
    case bytes = "BYTES"

    /// Bytes of one element; nil: as many as it likes.
    var size: Int? {
        switch self {
        case .bool, .uint8, .int8: 1
        case .uint16, .int16, .fp16: 2
        case .uint32, .int32, .fp32: 4
        case .uint64, .int64, .fp64: 8
        case .bytes: nil
        }
    }

    /// In numpy's form, which envelopes have; nil: it travels as a list of parts.
    var dtype: String? {
        switch self {
        case .bool: "|b1"
        case .uint8: "|u1"
        case .int8: "|i1"
        case .uint16: "<u2"
        case .uint32: "<u4"
        case .uint64: "<u8"
        case .int16: "<i2"
        case .int32: "<i4"
        case .int64: "<i8"
        case .fp16: "<f2"
        case .fp32: "<f4"
        case .fp64: "<f8"
        case .bytes: nil
        }
    }

    /// Whether numpy's name means this. Single bytes have no order, whatever is said of it.
    func isNamed(_ dtype: String) -> Bool {
        guard let own = self.dtype else { return false }
        return size == 1 ? dtype.dropFirst() == own.dropFirst() : dtype == own
    }
}

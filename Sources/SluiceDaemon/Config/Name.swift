import SluiceModel

/// What functions and queues may be called. Names stand in logs, in metrics, in URLs and on
/// command lines, and none of these should need quotes around them.
enum Name {
    static let expected =
        "a name of 1 to \(Limits.nameBytes) ASCII letters, digits and _ - . / : @ +"

    static func isValid(_ text: String) -> Bool {
        let bytes = text.utf8
        return !bytes.isEmpty && bytes.count <= Limits.nameBytes && bytes.allSatisfy(isAllowed)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "@"),
            UInt8(ascii: "+"):
            true
        default: false
        }
    }
}

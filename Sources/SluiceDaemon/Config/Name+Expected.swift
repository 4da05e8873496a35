import SluiceModel
import SluiceWire

extension Name {
    /// What a name may be, to follow "expected". The rule is the protocol's, so that whatever the
    /// configuration names a worker can declare.
    static let expected =
        "a name of 1 to \(Limits.nameBytes) printable ASCII characters, without spaces and slashes"
}

/// What is rare and large, kept beside what is common and small: an event or effect is moved
/// around at the size of the largest.
final class Box<Value: Sendable>: Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}

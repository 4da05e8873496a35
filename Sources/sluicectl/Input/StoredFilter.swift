import Glibc
import SluiceWire

/// A user by number or name.
func userID(_ text: String) throws(InputError) -> UInt32 {
    if let number = UInt32(text) { return number }
    guard let entry = getpwnam(text) else { throw .unknownUser(text) }
    return entry.pointee.pw_uid
}

func detachedState(_ text: String) throws(InputError) -> Control.DetachedState {
    guard let state = Control.DetachedState(rawValue: text) else { throw .badState(text) }
    return state
}

import SluiceSystem

/// Why what was kept before a restart is not in force again.
enum StateError: Error, Hashable, CustomStringConvertible {
    /// Not a file of ours, or of a later version.
    case damaged(String, aside: String)
    case system(SystemError)

    var description: String {
        switch self {
        case .damaged(let path, let aside):
            "\(path) is damaged or of a later sluiced; it was put aside as \(aside)"
        case .system(let error): error.description
        }
    }
}

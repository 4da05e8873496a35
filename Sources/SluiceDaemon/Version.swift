/// The release. `CHANGELOG.md` begins with the same.
public let version = "0.1.0"

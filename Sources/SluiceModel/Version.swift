/// The release that this is. `CHANGELOG.md` and `python/pyproject.toml` begin with the same.
public let version = "0.1.0"

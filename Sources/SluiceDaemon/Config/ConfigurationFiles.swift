import Glibc

/// Where the configuration is.
public enum ConfigurationSource: Hashable, Sendable {
    /// `/etc/sluice/sluiced.toml`, which need not exist: every key has a default.
    case standard
    /// A file named with `--config`, which has to exist: whoever names one means it.
    case named(String)

    public static let standardPath = "/etc/sluice/sluiced.toml"

    public var path: String {
        switch self {
        case .standard: Self.standardPath
        case .named(let path): path
        }
    }

    /// Drop-ins lie beside the file, in a directory named after it.
    public var dropInDirectory: String { path + ".d" }
}

extension CheckedConfiguration {
    /// Bytes of one file; far more than thousands of functions need.
    static let fileBytes = 1 << 20
    /// Drop-ins that are read.
    static let dropIns = 256

    /// Reads the file and its drop-ins, those by name. A file that cannot be read is an error
    /// beside those of the others.
    public init(loading source: ConfigurationSource, accounts: AccountLookup = .system)
        throws(ConfigurationErrors)
    {
        var reader = ConfigurationReader(accounts: accounts)
        do throws(FileError) {
            reader.read(ConfigurationFile(name: source.path, text: try contents(of: source.path)))
        } catch {
            if error != .system(ENOENT) || source != .standard {
                reader.note(error.placed(at: source.path))
            }
        }
        do throws(FileError) {
            let names = try names(in: source.dropInDirectory)
            if names.count > Self.dropIns {
                let message = "\(names.count) drop-ins; at most \(Self.dropIns) are read"
                reader.note(ConfigurationError(file: source.dropInDirectory, message: message))
            }
            for name in names.prefix(Self.dropIns) {
                let path = source.dropInDirectory + "/" + name
                do throws(FileError) {
                    reader.read(ConfigurationFile(name: path, text: try contents(of: path)))
                } catch {
                    reader.note(error.placed(at: path))
                }
            }
        } catch {
            if error != .system(ENOENT) { reader.note(error.placed(at: source.dropInDirectory)) }
        }
        self = try reader.finish()
    }
}

/// Why a file could not be had.
private enum FileError: Error, Hashable {
    case system(CInt)
    case notAFile
    case tooLarge
    case notText

    func placed(at path: String) -> ConfigurationError {
        ConfigurationError(file: path, message: message)
    }

    private var message: String {
        switch self {
        case .system(ENOENT):
            "cannot be read (\(ErrorNumber(ENOENT))); create it or name another with --config"
        case .system(EACCES):
            "cannot be read (\(ErrorNumber(EACCES))); let the user that sluiced runs as read it"
        case .system(let code): "cannot be read (\(ErrorNumber(code)))"
        case .notAFile: "not a regular file; a configuration is read from nothing else"
        case .tooLarge:
            "longer than \(CheckedConfiguration.fileBytes) bytes; split it into drop-ins"
        case .notText: "not UTF-8, which TOML is written in"
        }
    }
}

/// The names of the drop-ins, sorted by their bytes so that no locale changes the order.
private func names(in directory: String) throws(FileError) -> [String] {
    guard let stream = opendir(directory) else { throw .system(errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
        errno = 0
        guard let entry = readdir(stream) else { break }
        let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
            field.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
                String(cString: $0)
            }
        }
        // Hidden files are editors' and package managers' leftovers.
        if name.hasSuffix(".toml"), !name.hasPrefix(".") { names.append(name) }
    }
    guard errno == 0 else { throw .system(errno) }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
}

private func contents(of path: String) throws(FileError) -> String {
    // Not to wait for a writer, should it be a pipe.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .system(errno) }
    defer { close(descriptor) }

    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system(errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile }

    let limit = CheckedConfiguration.fileBytes
    var bytes: [UInt8] = []
    while bytes.count <= limit {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(descriptor, &chunk, chunk.count)
        guard count >= 0 || errno == EINTR else { throw .system(errno) }
        guard count != 0 else { break }
        bytes += chunk.prefix(max(0, count))
    }
    guard bytes.count <= limit else { throw .tooLarge }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText }
    return text
}

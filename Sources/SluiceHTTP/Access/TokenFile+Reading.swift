import Glibc
import SluiceGateway
import SluiceSystem

extension TokenFile {
    /// The tokens of a file that others cannot look into.
    static func tokens(at path: String, isCredential: Bool) throws(TokenFileError) -> [AccessToken]
    {
        try tokens(in: try bytes(at: path, isCredential: isCredential), of: path)
    }

    /// Where the service manager puts the file that the unit names; nil where it is not there.
    static var credential: String? {
        guard let directory = getenv("CREDENTIALS_DIRECTORY") else { return nil }
        let path = String(cString: directory) + "/tokens"
        return access(path, F_OK) == 0 ? path : nil
    }

    private static func bytes(at path: String, isCredential: Bool) throws(TokenFileError) -> [UInt8]
    {
        // Nothing is waited for where it is a pipe.
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else { throw failure(path) }
        let file = Descriptor(adopting: number)
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw failure(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw TokenFileError(path, "it is not a file")
        }
        // The manager's are read-only for us, whatever their mode says.
        guard isCredential || status.st_mode & 0o007 == 0 else {
            throw TokenFileError(path, "others may read or change it: chmod o= \(path)")
        }
        let most = GatewayLimits.tokenFile + 1
        var bytes = [UInt8](repeating: 0, count: most)
        var filled = 0
        while filled < most {
            let count = bytes.withUnsafeMutableBytes { room in
                read(file.number, room.baseAddress.map { $0 + filled }, most - filled)
            }
            guard count >= 0 || errno == EINTR else { throw failure(path) }
            guard count != 0 else { break }
            filled += max(0, count)
        }
        return Array(bytes[..<filled])
    }

    private static func failure(_ path: String) -> TokenFileError {
        TokenFileError(path, "it cannot be read: \(String(cString: strerror(errno)))")
    }
}

import Testing

@Suite("The Debian packages say what is in them")
struct PackagingTests {
    /// Linked into sluice-bench alone, which is not installed.
    static let ofNoProgramInstalled: Set<String> = ["hdrhistogram-swift"]

    @Test("Every Swift package that is linked into the programs is in the copyright file")
    func copyright() throws {
        let packages = try Repository.matches(
            of: /\.package\(\s*url: "[^"]*\/([\w.-]+?)(?:\.git)?"/, in: "Package.swift")
        try #require(!packages.isEmpty)
        let file = "packaging/debian/copyright"
        let files = try Repository.matches(of: /(?m)^Files: (.+)$/, in: file)
            .flatMap { $0.split(separator: " ") }
        for package in packages where !Self.ofNoProgramInstalled.contains(package) {
            #expect(files.contains("\(package)/*"), "\(package)")
        }
    }

    @Test("A package that the copyright file leaves out is the bench's and nobody else's")
    func unlisted() throws {
        let targets = try Repository.text(of: "Package.swift").split(separator: "arget(")
        for package in Self.ofNoProgramInstalled {
            let users = targets.filter { $0.contains("package: \"\(package)\"") }
            #expect(users.count == 1 && users.allSatisfy { $0.contains("name: \"SluiceBench\"") })
        }
    }

    @Test("Every license that the copyright file names is in it")
    func licenses() throws {
        let file = "packaging/debian/copyright"
        let all = try Repository.matches(of: /(?m)^License: (.+)$/, in: file)
        let texts = try Repository.matches(of: /\nLicense: (.+)\n[ ]/, in: file)
        try #require(!texts.isEmpty)
        #expect(Set(all) == Set(texts))
    }
}

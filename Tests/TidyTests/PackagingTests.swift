import Testing

@Suite("The Debian packages say what is in them")
struct PackagingTests {
    @Test("Every Swift package that is linked into the programs is in the copyright file")
    func copyright() throws {
        let packages = try Repository.matches(
            of: /\.package\(\s*url: "[^"]*\/([\w.-]+?)(?:\.git)?"/, in: "Package.swift")
        try #require(!packages.isEmpty)
        let file = "packaging/debian/copyright"
        let files = try Repository.matches(of: /(?m)^Files: (.+)$/, in: file)
            .flatMap { $0.split(separator: " ") }
        for package in packages { #expect(files.contains("\(package)/*"), "\(package)") }
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

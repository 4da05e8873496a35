import SluiceGateway

extension FuzzTarget {
    /// The body of a form with the boundary `b`; its first byte is the seed of how it is cut.
    static let multipart = FuzzTarget(name: "multipart") { input throws(Finding) in
        guard let seed = input.first else { return }
        let form = Array(input.dropFirst())
        let cuttings = Cutting.all(seed: seed, bytes: form.count)
        let heard = try cuttings.map { cutting throws(Finding) in
            FormHeard(cutting.pieces(of: form))
        }
        for (cutting, other) in zip(cuttings, heard) where other != heard[0] {
            throw Finding("\(cutting): \(other), but in one piece: \(heard[0])")
        }
        let bytes = heard[0].parts.reduce(0) { $0 + $1.bytes.count }
        try require(bytes <= form.count, "\(bytes) bytes come of \(form.count)")
        for part in heard[0].parts {
            let hasBoundary = part.bytes.indices.contains {
                part.bytes[$0...].starts(with: Array("\r\n--b".utf8))
            }
            try require(!hasBoundary, "a part has the boundary in it")
            let path = UploadPath(random: Array(0..<16), name: part.head.filename ?? "")
            try require(UploadPath(path.text) == path, "\(path) is no path")
            try require(path.name.utf8.count <= 120, "\(path.name) is too long")
            let type = ContentKind.checked(part.head.contentType)
            try require(ContentKind.checked(type) == type, "\(type) is no type")
        }
    }
}

/// What came of a form, however it was cut.
private struct FormHeard: Equatable {
    struct Part: Equatable {
        var head: MultipartHead
        var bytes: [UInt8] = []
        var hasEnded = false
    }

    var parts: [Part] = []
    var error: MultipartError?

    init(_ pieces: [ArraySlice<UInt8>]) {
        var parser = MultipartParser(boundary: "b")
        do throws(MultipartError) {
            for piece in pieces {
                parser.receive(piece)
                while let event = try parser.next() {
                    switch event {
                    case .begin(let head): parts.append(Part(head: head))
                    case .bytes(let bytes): parts[parts.count - 1].bytes += bytes
                    case .end: parts[parts.count - 1].hasEnded = true
                    }
                }
            }
            try parser.finish()
        } catch {
            self.error = error
        }
    }
}

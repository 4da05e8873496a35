import SluiceWire
import Testing

@testable import SluiceBench

/// Feeds a decoder whole and cut at every byte, and holds what it says against what is expected.
private func expectAtEveryCut(
    _ bytes: [UInt8], _ expected: [String], _ said: ([ArraySlice<UInt8>]) throws -> [String]
) rethrows {
    #expect(try said([bytes[...]]) == expected)
    for cut in 1..<bytes.count {
        #expect(try said([bytes[..<cut], bytes[cut...]]) == expected, "cut at \(cut)")
    }
}

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

private func copy(_ piece: ArraySlice<UInt8>, _ room: UnsafeMutableRawBufferPointer) -> Int {
    room.copyBytes(from: piece)
    return piece.count
}

@Suite("What Redis says")
struct RedisDecoderTests {
    private func said(_ pieces: [ArraySlice<UInt8>]) throws -> [String] {
        var decoder = RedisDecoder()
        var said: [String] = []
        for piece in pieces {
            decoder.receive { room in copy(piece, room) }
            while let reply = try decoder.next() {
                said.append("\(reply) " + decoder.values.map(\.text).joined(separator: ","))
            }
        }
        return said
    }

    @Test("Replies are found wherever the stream is cut, and values may hold line ends")
    func cuts() throws {
        let stream =
            ":12\r\n+PONG\r\n*2\r\n$1\r\nq\r\n*2\r\n$3\r\na\r\n\r\n$0\r\n\r\n+OK\r\n"
        try expectAtEveryCut(
            bytes(stream), ["done ", "pong ", "popped a\r\n,", "done "], said)
    }

    @Test("An error is one of ours", arguments: ["-ERR unknown command\r\n", "*-1\r\n", "x\r\n"])
    func errors(_ text: String) {
        #expect(throws: BenchError.self) { try said([bytes(text)[...]]) }
    }
}

@Suite("What NATS says")
struct NatsDecoderTests {
    private func said(_ pieces: [ArraySlice<UInt8>]) throws -> [String] {
        var decoder = NatsDecoder()
        var said: [String] = []
        for piece in pieces {
            decoder.receive { room in copy(piece, room) }
            while let next = try decoder.next() {
                switch next {
                case .message(let bytes, let reply): said.append("\(bytes.text) to \(reply.text)")
                case .ping: said.append("ping")
                case .pong: said.append("pong")
                case .other: said.append("other")
                }
            }
        }
        return said
    }

    @Test("Messages are found wherever the stream is cut, and tell where to reply")
    func cuts() throws {
        let stream =
            "INFO {\"a\":1}\r\nPING\r\nMSG q 1 r0000007 4\r\na\r\nb\r\nPONG\r\n+OK\r\n"
        try expectAtEveryCut(
            bytes(stream), ["other", "ping", "a\r\nb to r0000007", "pong", "other"], said)
    }

    @Test("An error is one of ours", arguments: ["-ERR 'Slow Consumer'\r\n", "MSG q 1 x\r\n"])
    func errors(_ text: String) {
        #expect(throws: BenchError.self) { try said([bytes(text)[...]]) }
    }
}

@Suite("What beanstalkd says")
struct BeanstalkDecoderTests {
    private func said(_ pieces: [ArraySlice<UInt8>]) throws -> [String] {
        var decoder = BeanstalkDecoder()
        var said: [String] = []
        for piece in pieces {
            decoder.receive { room in copy(piece, room) }
            while let reply = try decoder.next() {
                switch reply {
                case .reserved(let job, let bytes): said.append("\(job) \(bytes.text)")
                case .timedOut: said.append("timed out")
                case .using: said.append("using")
                case .watching: said.append("watching")
                case .done: said.append("done")
                }
            }
        }
        return said
    }

    @Test("Replies are found wherever the stream is cut")
    func cuts() throws {
        let stream = """
            WATCHING 2\r\nWATCHING 1\r\nUSING q\r\nINSERTED 4\r\nRESERVED 19 5\r\na\r\nbc\r\n\
            DELETED\r\nTIMED_OUT\r\n
            """
        try expectAtEveryCut(
            bytes(stream),
            ["done", "watching", "using", "done", "19 a\r\nbc", "done", "timed out"], said)
    }

    @Test(
        "An error is one of ours",
        arguments: ["NOT_FOUND\r\n", "OUT_OF_MEMORY\r\n", "RESERVED x\r\n"])
    func errors(_ text: String) {
        #expect(throws: BenchError.self) { try said([bytes(text)[...]]) }
    }

    @Test("Reservations double while all are filled, and fall to what was there and one")
    func reservations() {
        var reservations = Reservations(most: 4)
        #expect(reservations.next() == 1)
        #expect(reservations.next() == 0)
        reservations.noteTaken()
        #expect(reservations.next() == 2)
        for _ in 0..<2 { reservations.noteTaken() }
        #expect(reservations.next() == 4)
        reservations.noteTaken()
        #expect(reservations.next() == 0)
        for _ in 0..<3 { reservations.noteMissed() }
        #expect(reservations.next() == 2)
        for _ in 0..<2 { reservations.noteTaken() }
        #expect(reservations.next() == 4)
        for _ in 0..<4 { reservations.noteTaken() }
        #expect(reservations.next() == 4)
    }
}

@Suite("Envelopes")
struct EnvelopeTests {
    /// The bytes of a request with a payload of two bytes, as the generator would make it.
    private func request<Wire: ClientWire & ~Copyable>(_ wire: borrowing Wire) -> String {
        var template = Wire.request(of: "echo", .inline, wantsStatus: false, payload: 2)
        wire.sign(&template)
        var queue = ByteQueue()
        template.append(id: 0x3837_3635_3433_3231, payload: 2, to: &queue)
        queue.append(UInt16(0x6261))
        if Wire.endsLines { queue.appendLineEnd() }
        return queue.readable.text
    }

    @Test("A request is the command that the peer's protocol has for it")
    func requests() throws {
        let redis = request(RedisClient())
        #expect(redis.hasPrefix("*3\r\n$5\r\nRPUSH\r\n$1\r\nq\r\n$18\r\nr"))
        #expect(redis.hasSuffix("12345678ab\r\n"))
        let nats = request(NatsClient())
        let words = nats.split(separator: "\r\n")
        let address = try #require(words[0].split(separator: " ").dropFirst(2).first)
        #expect(words[0] == "PUB q \(address) 18")
        #expect(words[1] == "\(address)12345678ab")
        let beanstalk = request(BeanstalkClient())
        #expect(beanstalk.hasPrefix("put 0 0 600 18\r\nr"))
        #expect(beanstalk.hasSuffix("12345678ab\r\n"))
    }

    @Test("Every connection has an address of its own, of eight characters")
    func addresses() {
        let (one, other) = (ReplyAddress.next(), ReplyAddress.next())
        #expect(one != other)
        #expect(one.text.utf8.count == 8)
        #expect(ReplyAddress(one.text) == one)
    }

    @Test("A message that is shorter than its envelope is an error")
    func short() {
        let bytes: [UInt8] = [1, 2, 3]
        #expect(throws: BenchError.self) {
            _ = try bytes.withUnsafeBytes { try Envelope($0).id }
        }
    }

    @Test("Numbers are written in digits", arguments: [0, 7, 10, 1_048_592])
    func digits(_ number: Int) {
        var queue = ByteQueue()
        queue.append(decimal: number)
        #expect(queue.readable.text == String(number))
    }
}

@Suite("Peers")
struct PeerTests {
    @Test(
        "A version is found in what a program says of itself",
        arguments: [
            ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", "7.0.15"),
            ("nats-server: v2.9.10", "2.9.10"), ("beanstalkd 1.12", "1.12"),
            ("sluiced 0.1.0", "0.1.0"), ("nothing", nil),
        ] as [(String, String?)])
    func versions(_ line: String, _ version: String?) {
        #expect(BrokerKind.version(in: line) == version)
    }

    @Test("NATS tells its port in a file")
    func port() {
        #expect(Broker.port(in: #"{"nats": ["nats://127.0.0.1:40123"],"cluster": []}"#) == "40123")
        #expect(Broker.port(in: "{}") == nil)
        #expect(Broker.port(in: #"{"nats": ["nats://127.0.0.1:"#) == nil)
    }
}

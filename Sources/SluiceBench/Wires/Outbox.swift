import Glibc
import SluiceSystem
import SluiceWire

/// What is to be sent on a connection, so that it leaves in as few calls as the socket lets it:
/// small pieces are copied together, large ones stay where they are and are gathered.
struct Outbox: ~Copyable {
    enum Flushed { case all, blocked, closed }

    /// From here on copying costs more than another part of the call.
    static let worthReferring = 16 << 10
    private static let partsPerCall = 64

    /// Bytes that are copied, in order; the others come between.
    private var copied = ByteQueue(keeping: 1 << 20)
    private var copiedSent = 0
    private var references = Fifo<Reference>()
    private var descriptors = Fifo<Passenger>()

    /// Bytes that lie elsewhere and follow so many copied ones.
    private struct Reference {
        var after: Int
        var bytes: UnsafeRawBufferPointer
    }

    /// A descriptor that travels with the frame that begins after so many copied bytes.
    private struct Passenger {
        var at: Int
        var number: CInt
        var isOurs: Bool
    }

    deinit {
        for passenger in descriptors.all where passenger.isOurs { _ = close(passenger.number) }
    }

    var isEmpty: Bool { copied.isEmpty && references.isEmpty }
    var count: Int { copied.count + references.all.reduce(0) { $0 + $1.bytes.count } }

    /// Lets small pieces be appended.
    @inline(__always)
    mutating func write(_ body: (inout ByteQueue) -> Void) { body(&copied) }

    /// Appends frames of sluice-protocol(7).
    mutating func encode(_ encode: (inout OutputBuffer) -> Void) {
        var buffer = OutputBuffer()
        encode(&buffer)
        copied.append(buffer.readable)
    }

    /// Appends bytes that stay as they are until they were sent.
    mutating func append(lasting bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.worthReferring else { return copied.append(bytes) }
        references.append(Reference(after: copiedSent + copied.count, bytes: bytes))
    }

    /// Lets a descriptor travel with the frame that is appended next; it is closed when it left.
    mutating func attach(_ descriptor: consuming Descriptor) {
        attach(descriptor.surrender(), isOurs: true)
    }

    /// The same with one that is kept open by another until it left.
    mutating func attach(lasting number: CInt) { attach(number, isOurs: false) }

    private mutating func attach(_ number: CInt, isOurs: Bool) {
        let at = copiedSent + copied.count
        descriptors.append(Passenger(at: at, number: number, isOurs: isOurs))
    }

    /// Makes a copy of all that it refers to, which may then go.
    mutating func keep() throws(BenchError) {
        var all = ByteQueue(keeping: 1 << 20)
        var position = 0
        var moved = Fifo<Passenger>()
        for passenger in descriptors.all {
            let before = references.all.prefix { $0.after <= passenger.at }
            let at = passenger.at - copiedSent + before.reduce(0) { $0 + $1.bytes.count }
            let number =
                passenger.isOurs ? passenger.number : fcntl(passenger.number, F_DUPFD_CLOEXEC, 0)
            guard number >= 0 else { throw .system(SystemError("fcntl")) }
            moved.append(Passenger(at: at, number: number, isOurs: true))
        }
        let bytes = copied.readable
        for reference in references.all {
            let next = reference.after - copiedSent
            all.append(UnsafeRawBufferPointer(rebasing: bytes[position..<next]))
            all.append(reference.bytes)
            position = next
        }
        all.append(UnsafeRawBufferPointer(rebasing: bytes[position...]))
        descriptors = moved
        references = Fifo()
        copied = all
        copiedSent = 0
    }

    /// Sends what the socket takes.
    mutating func flush(to socket: borrowing Descriptor) throws(BenchError) -> Flushed {
        while !isEmpty {
            switch send(to: socket) {
            case .bytes(let count): remove(count)
            case .wouldBlock: return .blocked
            case .closed: return .closed
            case .failed(let code): throw .system(SystemError("sendmsg", code: code))
            }
        }
        return .all
    }

    private func send(to socket: borrowing Descriptor) -> Sent {
        if references.isEmpty, descriptors.isEmpty { return socket.send(copied.readable) }
        return withUnsafeTemporaryAllocation(
            of: iovec.self, capacity: Self.partsPerCall
        ) { parts in
            let count = gather(into: parts)
            let filled = UnsafeBufferPointer(rebasing: parts[..<count])
            return socket.send(filled, descriptors: boarding.map { [$0.number] } ?? [])
        }
    }

    /// Whose frame is the next thing to be sent.
    private var boarding: Passenger? {
        guard let passenger = descriptors.first, passenger.at == copiedSent else { return nil }
        if let reference = references.first, reference.after <= passenger.at { return nil }
        return passenger
    }

    /// A call begins with the frame that a descriptor belongs to, and passes no other's: it ends
    /// before the next such frame.
    private func gather(into parts: UnsafeMutableBufferPointer<iovec>) -> Int {
        let bytes = copied.readable
        let later = boarding == nil ? descriptors.first : descriptors.all.dropFirst().first
        let end = later.map { $0.at - copiedSent }
        var position = 0
        var count = 0
        for reference in references.all {
            guard count + 2 < parts.count, reference.after - copiedSent <= end ?? .max else {
                break
            }
            let next = reference.after - copiedSent
            if next > position {
                parts[count] = part(UnsafeRawBufferPointer(rebasing: bytes[position..<next]))
                count += 1
            }
            parts[count] = part(reference.bytes)
            count += 1
            position = next
        }
        let isCut = count + 2 >= parts.count
        let rest = isCut ? position : min(end ?? bytes.count, bytes.count)
        if rest > position {
            parts[count] = part(UnsafeRawBufferPointer(rebasing: bytes[position..<rest]))
            count += 1
        }
        return count
    }

    private func part(_ bytes: UnsafeRawBufferPointer) -> iovec {
        // Sending only reads; the call's type is older than const.
        iovec(
            iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
    }

    private mutating func remove(_ count: Int) {
        if let boarding {
            descriptors.removeFirst()
            if boarding.isOurs { _ = close(boarding.number) }
        }
        var left = count
        while left > 0 {
            let next = references.first.map { $0.after - copiedSent } ?? copied.count
            let plain = min(left, next)
            copied.removeFirst(plain)
            copiedSent += plain
            left -= plain
            guard left > 0, let reference = references.first else { continue }
            let taken = min(left, reference.bytes.count)
            left -= taken
            references.removeFirst()
            guard taken < reference.bytes.count else { continue }
            let rest = UnsafeRawBufferPointer(rebasing: reference.bytes.dropFirst(taken))
            references.prepend(Reference(after: reference.after, bytes: rest))
        }
        copied.trim()
    }
}

/// What came first leaves first.
struct Fifo<Element> {
    private var elements: [Element] = []
    private var start = 0

    var isEmpty: Bool { start == elements.count }
    var first: Element? { isEmpty ? nil : elements[start] }
    var all: ArraySlice<Element> { elements[start...] }

    mutating func append(_ element: Element) { elements.append(element) }

    /// Puts one back that was just removed.
    mutating func prepend(_ element: Element) {
        guard start > 0 else { return elements.insert(element, at: 0) }
        start -= 1
        elements[start] = element
    }

    mutating func removeFirst() {
        start += 1
        guard start == elements.count || start >= 1024 else { return }
        elements.removeSubrange(..<start)
        start = 0
    }
}

import SluiceModel

// The frames that go with every request, written in one go where all about them is known. What
// they say is what `ClientEvent` and `WorkerOrder` say; a payload is given as `RawPayload.encoded`.

extension OutputBuffer {
    /// ITEM.
    public mutating func item(
        _ index: Int, of grant: GrantID, attempt: Int, _ request: RequestID, hasFile: Bool,
        _ payload: UnsafeRawBufferPointer
    ) {
        let flags: FrameFlags = hasFile ? .inDescriptor : []
        let body = frame(.item, id: grant.rawValue, flags: flags, size: 16 + payload.count)
        body.put(UInt32(clamping: index), at: 0)
        body.put(UInt32(clamping: attempt), at: 4)
        body.put(request.rawValue, at: 8)
        body.put(payload, at: 16)
    }

    /// OUTCOME of a request that a worker answered.
    ///
    /// - Parameter answer: the message, as a field, and the payload.
    public mutating func outcome(
        _ number: RequestNumber, _ code: Code, attempts: Int, hasFile: Bool,
        _ answer: UnsafeRawBufferPointer
    ) {
        let flags: FrameFlags = hasFile ? .inDescriptor : []
        var name = code.rawValue
        name.withUTF8 { name in
            let body = frame(
                .outcome, id: number.rawValue, flags: flags,
                size: 6 + name.count + answer.count)
            body.put(code.outcome.onWire, at: 0)
            body.put(UInt8(0), at: 1)
            body.put(UInt16(clamping: attempts), at: 2)
            body.put(UInt16(name.count), at: 4)
            body.put(UnsafeRawBufferPointer(name), at: 6)
            body.put(answer, at: 6 + name.count)
        }
    }

    /// ADMITTED.
    public mutating func admitted(
        _ number: RequestNumber, _ request: RequestID, _ ticket: borrowing Ticket
    ) {
        ticket.withUnsafeBytes { ticket in
            let body = frame(.admitted, id: number.rawValue, size: 12 + ticket.count)
            body.put(request.rawValue, at: 0)
            body.put(UInt16(ticket.count), at: 8)
            body.put(ticket, at: 10)
            body.put(UInt16(0), at: 10 + ticket.count)
        }
    }

    /// STARTED, to a client.
    public mutating func started(_ number: RequestNumber, attempt: Int) {
        let body = frame(.started, id: number.rawValue, size: 4)
        body.put(UInt32(clamping: attempt), at: 0)
    }

    /// ACK of one item, or of all of a grant.
    public mutating func acknowledge(_ item: Int?, of grant: GrantID) {
        let body = frame(.acknowledge, id: grant.rawValue, size: 4)
        body.put(item.map { UInt32(clamping: $0) } ?? .max, at: 0)
    }

    /// What OUTCOME ends with, for an answer that no frame brought like this.
    public mutating func answer(_ message: String, _ payload: Payload) {
        put(text: message)
        putAttributed(payload)
    }

    public mutating func answer(_ message: String, _ payload: RawPayload) {
        put(text: message)
        attributed(payload)
    }

    /// What ITEM ends with, for a request that no frame brought.
    public mutating func attributed(_ payload: Payload) { putAttributed(payload) }

    /// Appends a header and room for a body, which the caller writes.
    @inline(__always)
    private mutating func frame(
        _ kind: Kind, id: UInt64, flags: FrameFlags = [], size: Int
    ) -> UnsafeMutableRawPointer {
        precondition(size <= UInt32.max, "\(kind) of \(size) bytes")
        let start = extend(by: Header.size + size)
        let descriptors: UInt64 = flags.contains(.inDescriptor) ? 1 : 0
        start.put(
            UInt64(size) | UInt64(kind.rawValue) << 32 | UInt64(flags.rawValue) << 40
                | descriptors << 48, at: 0)
        start.put(id, at: 8)
        return start + Header.size
    }
}

extension UnsafeMutableRawPointer {
    @inline(__always)
    fileprivate func put<Integer: FixedWidthInteger>(_ value: Integer, at offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: Integer.self)
    }

    @inline(__always)
    fileprivate func put(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        guard let source = bytes.baseAddress else { return }
        (self + offset).copyMemory(from: source, byteCount: bytes.count)
    }
}

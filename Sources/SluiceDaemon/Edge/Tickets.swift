import CSodium
import SluiceModel
import SluiceWire

/// Makes the proofs of admission that clients keep, and recognises them when they come back.
///
/// A ticket says which start of the daemon admitted which request; as numbers are given in order
/// of admission, that is the request's place. Of version 2 it is:
///
///     1 byte    version: 2
///     16 bytes  the instance that admitted it, as two u64
///     8 bytes   the request, u64
///     16 bytes  the tag: SipHash-2-4 of what is before it and of the user whom it was given to,
///               u32, with 128 bits of output, under the key
///
/// The user is not in it, because the kernel says who comes with it; with another one the tag is
/// wrong. Numbers are little-endian. Nobody but the daemon reads it, so only another daemon with
/// the same key has to know a version: one that it does not know is not recognised. Nothing is
/// allocated, because one goes with every request.
struct Tickets {
    /// Where a ticket says that its request belongs.
    struct Place: Hashable {
        var instance: UniqueID
        var request: RequestID
    }

    let instance: UniqueID
    private let key: TicketKey

    private static let version: UInt8 = 2
    private static let claimBytes = 25
    private static let bytes = claimBytes + 16
    private static let signedBytes = claimBytes + 4

    init(instance: UniqueID, key: TicketKey) {
        self.instance = instance
        self.key = key
    }

    /// The ticket of a request that is admitted now.
    func issue(_ request: RequestID, to user: UInt32) -> Ticket {
        withUnsafeTemporaryAllocation(byteCount: Self.bytes, alignment: 8) { room in
            room.storeBytes(of: Self.version, as: UInt8.self)
            room.storeBytes(of: instance.high.littleEndian, toByteOffset: 1, as: UInt64.self)
            room.storeBytes(of: instance.low.littleEndian, toByteOffset: 9, as: UInt64.self)
            room.storeBytes(of: request.rawValue.littleEndian, toByteOffset: 17, as: UInt64.self)
            sign(UnsafeRawBufferPointer(room), of: user, into: room)
            return Ticket(checked: UnsafeRawBufferPointer(room))
        }
    }

    /// Where a ticket's request belongs; nil for one that was not made with our key, for this user.
    func place(of ticket: Ticket, from user: UInt32) -> Place? {
        ticket.withUnsafeBytes { bytes in
            guard bytes.count == Self.bytes, bytes.first == Self.version, isOurs(bytes, user)
            else {
                return nil
            }
            return Place(
                instance: UniqueID(high: bytes.number(at: 1), low: bytes.number(at: 9)),
                request: RequestID(rawValue: bytes.number(at: 17)))
        }
    }

    /// Takes the same time whichever byte is wrong, so that nobody can find a tag byte by byte.
    private func isOurs(_ ticket: UnsafeRawBufferPointer, _ user: UInt32) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: Self.bytes, alignment: 8) { room in
            sign(ticket, of: user, into: room)
            guard let right = room.baseAddress, let claimed = ticket.baseAddress else {
                return false
            }
            return crypto_verify_16(
                (right + Self.claimBytes).assumingMemoryBound(to: UInt8.self),
                (claimed + Self.claimBytes).assumingMemoryBound(to: UInt8.self)) == 0
        }
    }

    /// Puts the tag of what `claim` begins with where a ticket has it.
    private func sign(
        _ claim: UnsafeRawBufferPointer, of user: UInt32,
        into ticket: UnsafeMutableRawBufferPointer
    ) {
        guard let end = ticket.baseAddress else { preconditionFailure("a ticket has bytes") }
        withUnsafeTemporaryAllocation(byteCount: Self.signedBytes, alignment: 8) { signed in
            signed.copyMemory(from: UnsafeRawBufferPointer(rebasing: claim[..<Self.claimBytes]))
            signed.storeBytes(
                of: user.littleEndian, toByteOffset: Self.claimBytes, as: UInt32.self)
            guard let start = signed.baseAddress else { return }
            // It cannot fail; its result is for hashes that may.
            _ = key.withUnsafeBytes { key in
                crypto_shorthash_siphashx24(
                    (end + Self.claimBytes).assumingMemoryBound(to: UInt8.self),
                    start.assumingMemoryBound(to: UInt8.self), UInt64(Self.signedBytes), key)
            }
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func number(at offset: Int) -> UInt64 {
        UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

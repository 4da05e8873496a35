"""What no peer may say, and the codes of ERROR that it earns."""

import os
import struct

from peer import memfd

from sluice import _codec as codec
from sluice import _messages as m
from sluice._wire import HEADER, NONE32

ANY = ("protocol", "too_large", "too_many", "version", "", None)
PROTOCOL = ("protocol",)


def header(size=0, kind=0x05, flags=0, descriptors=0, zero=0, number=0):
    return HEADER.pack(size, kind, flags, descriptors, zero, number)


def frame(kind, body, flags=0, descriptors=0, number=1):
    return header(len(body), kind, flags, descriptors, 0, number) + body


def null():
    return os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)


def own_kinds(peer):
    """Those that this peer may send on an open connection."""
    return [
        kind
        for kind, cls in m.BY_KIND.items()
        if cls.FROM != m.DAEMON and cls.ON in ("both", peer.ROLE) and cls is not m.Hello
    ]


def payload_frame(peer, body_tail, flags, descriptors):
    """A frame of this peer that has a payload, with what is given in the payload's place."""
    if peer.ROLE == "client":
        return frame(0x10, b"\x06\0fuzz-a\0\0" + body_tail, flags, descriptors)
    return frame(0x56, b"\0\0\0\0\0\0" + body_tail, flags, descriptors)


# Each says its piece to the peer's socket and names the codes that it earns.


def text(peer, random):
    peer.put(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return PROTOCOL


def hello_again(peer, random):
    peer.hello()
    return PROTOCOL


def kind_of_others(peer, random):
    own = own_kinds(peer)
    kind = random.choice([kind for kind in range(256) if kind not in own])
    peer.put(header(random.choice((0, 1, 50)), kind) + bytes(50))
    return PROTOCOL


def flag(peer, random):
    kind = random.choice(own_kinds(peer))
    peer.put(header(0, kind, flags=random.choice((4, 8, 0x40, 0x80, 0xFF))))
    return PROTOCOL


def zero_byte(peer, random):
    peer.put(header(0, random.choice(own_kinds(peer)), zero=random.randrange(1, 256)))
    return PROTOCOL


def id_of_the_connection(peer, random):
    kind = 0x03 if peer.ROLE == "client" else random.choice((0x03, 0x50, 0x51))
    peer.put(header(0, kind, number=random.getrandbits(64) | 1))
    return PROTOCOL


def too_long(peer, random):
    size = random.choice((64 << 20, (64 << 20) + 1, 1 << 31, 0xFFFFFFFF))
    peer.put(header(size, random.choice(own_kinds(peer))) + b"x" * 100)
    return ("too_large",)


def goes_on(peer, random):
    peer.put(frame(0x05, random.randbytes(random.choice((1, 100)))))
    return PROTOCOL


def ends_early(peer, random):
    if peer.ROLE == "client":
        body = b"\x06\0fuzz-a\x04\0"
        kind = 0x10
    else:
        body = struct.pack("<IQQHH", 0, 1, 2, 3, 0)
        kind = 0x53
    peer.put(frame(kind, body[: random.randrange(len(body))]))
    return PROTOCOL


def bad_name(peer, random):
    name = random.choice((b"", b"a b", b"a/b", "caf\u00e9".encode(), b"\0", b"x" * 129))
    body = struct.pack("<H", len(name)) + name + b"\0\0"
    peer.put(frame(0x10, body) if peer.ROLE == "client" else frame(0x50, body, number=0))
    return PROTOCOL


def not_text(peer, random):
    # ERROR has a text, and its sender is gone after it; one that cannot be read is an offence.
    bad = random.choice((b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"a\x80"))
    peer.put(frame(0x03, b"\x01\0a" + struct.pack("<H", len(bad)) + bad, number=0))
    return PROTOCOL


def attribute(peer, random):
    tag = random.choice((0, 0x000D, 0x1A, 0x7FFF))
    one = struct.pack("<HHB", tag, 1, 0)
    many = struct.pack("<HHQ", 2, 8, 5)
    bad = random.choice(
        (
            one,  # unknown
            many + many,  # twice
            struct.pack("<HHQ", 3, 8, 5) + many,  # out of order
            struct.pack("<HH", 2, 9) + bytes(8),  # longer than what is there
            struct.pack("<HHQ", 2, 8, 10**15 + 1),  # out of range
            struct.pack("<HHQ", 9, 8, 5),  # of OUTCOME
            b"\x02",
        )
    )
    body = b"\x06\0fuzz-a" + struct.pack("<H", len(bad)) + bad
    peer.put(frame(0x10, body) if peer.ROLE == "client" else frame(0x50, body, number=0))
    return PROTOCOL


def too_many_slots(peer, random):
    if peer.ROLE == "client":
        return goes_on(peer, random)
    peer.put(frame(0x51, struct.pack("<I", random.choice((4097, NONE32))), number=0))
    return PROTOCOL


def no_such_item(peer, random):
    if peer.ROLE == "client":
        return goes_on(peer, random)
    peer.put(frame(0x52, struct.pack("<I", random.choice((4096, NONE32 - 1)))))
    return PROTOCOL


def too_many_functions(peer, random):
    if peer.ROLE == "client":
        return goes_on(peer, random)
    peer.say(*(m.Declare(function=f"fuzz-many-{number}") for number in range(257)))
    peer.declared += [f"fuzz-many-{number}" for number in range(257)]
    return ("too_many",)


# With descriptors.


def stray_descriptors(peer, random):
    count = random.choice((1, 2, 16, 17, 60))
    peer.put(codec.encoded(m.Ping(1)), [null() for _ in range(count)])
    return PROTOCOL


def two_for_one(peer, random):
    whole = payload_frame(peer, struct.pack("<Q", 5), 1, 1)
    peer.put(whole, [memfd(b"12345"), memfd(b"12345")])
    return PROTOCOL


def two_named(peer, random):
    whole = payload_frame(peer, struct.pack("<Q", 5), 1, random.choice((0, 2, 17, 255)))
    peer.put(whole, [memfd(b"12345"), memfd(b"12345")])
    return PROTOCOL


def none_for_one(peer, random):
    peer.put(payload_frame(peer, struct.pack("<Q", 5), 1, 1))
    return PROTOCOL


def not_sealed(peer, random):
    seals = random.choice((0, 1, 2, 4, 8, 7, 14, 13, 11))
    peer.put(payload_frame(peer, struct.pack("<Q", 5), 1, 1), [memfd(b"12345", seals)])
    return PROTOCOL


def not_as_large(peer, random):
    size = random.choice((0, 4, 6, 1 << 40, (1 << 64) - 1))
    peer.put(payload_frame(peer, struct.pack("<Q", size), 1, 1), [memfd(b"12345")])
    return PROTOCOL


def not_a_memfd(peer, random):
    kind = random.randrange(4)
    if kind == 0:
        number = null()
    elif kind == 1:
        number, other = os.pipe()
        os.close(other)
    elif kind == 2:
        number = os.open("/", os.O_RDONLY | os.O_CLOEXEC)
    else:
        number = os.dup(peer.socket.fileno())
    peer.put(payload_frame(peer, struct.pack("<Q", 5), 1, 1), [number])
    return PROTOCOL


# What may be tolerated or not, and what nobody hears the end of.


def noise(peer, random):
    peer.put(random.randbytes(random.choice((16, 100, 5000))))
    return ANY


def flipped(peer, random):
    """Something right, but for a few bits."""
    there = len(peer.output)
    peer.act()
    for at in range(there, len(peer.output)):
        data, descriptors = peer.output[at]
        data = bytearray(data)
        for _ in range(random.choice((1, 1, 2, 5))):
            data[random.randrange(min(len(data), 40))] ^= 1 << random.randrange(8)
        peer.output[at] = (bytes(data), descriptors)
    return ANY


def own_farewell(peer, random):
    peer.say(m.Error(code="protocol", message="enough"))
    return ("",)


def half_a_frame(peer, random):
    whole = payload_frame(peer, bytes(50_000), 0, 0)
    peer.put(whole[: random.randrange(1, len(whole))])
    return ANY


STRANGE = [text, hello_again, kind_of_others, flag, zero_byte, id_of_the_connection, too_long]
STRANGE += [goes_on, ends_early, bad_name, not_text, attribute, too_many_slots, no_such_item]
STRANGE += [too_many_functions]
WITH_DESCRIPTORS = [stray_descriptors, two_for_one, two_named, none_for_one, not_sealed]
WITH_DESCRIPTORS += [not_as_large, not_a_memfd]
UNCLEAR = [noise, flipped, flipped, flipped, own_farewell, half_a_frame]
ALL = STRANGE + WITH_DESCRIPTORS + UNCLEAR


# Before HELLO.


def no_hello(peer, random):
    kind = random.choice((0x02, 0x05, 0x10, 0x50, 0x51, 0x7F, 0))
    peer.put(header(0, kind))
    return PROTOCOL


def long_stranger(peer, random):
    peer.put(header(random.choice(((17 << 10) + 1, 1 << 20)), 0x01) + bytes(1000))
    return ("too_large",)


def other_magic(peer, random):
    peer.put(codec.encoded(m.Hello(magic=b"HTTP")))
    return PROTOCOL


def other_version(peer, random):
    low, high, code = random.choice(((2, 9, "version"), (0, 1, "protocol"), (3, 2, "protocol")))
    peer.put(codec.encoded(m.Hello(lowest=low, highest=high)))
    return (code,)


BEFORE_HELLO = [no_hello, long_stranger, other_magic, other_version, stray_descriptors, text]

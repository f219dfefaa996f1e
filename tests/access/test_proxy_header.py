"""The PROXY header, from bytes to addresses, and the balancers that may send it."""

import socket
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wyoming_bridge.access import Balancers, SocketAddress
from wyoming_bridge.access.proxy_header import (
    LOCAL_HEADER,
    MAX_HEADER_BYTES,
    UNKNOWN_HOST,
    ProxyHeader,
    ProxyHeaderError,
    ProxyHeaderReader,
)
from wyoming_bridge.errors import ConfigError

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
NOTHING = ProxyHeader()


def decoded(received: bytes) -> tuple[ProxyHeader | None, bytes]:
    """Return the header at the beginning of a stream, and the bytes after the header."""
    reader = ProxyHeaderReader()
    at = 0
    while reader.header is None and at < len(received):
        part = received[at : at + reader.wanted]
        at += len(part)
        reader.feed(part)
    return reader.header, received[at:]


def binary(command: int, family: int, body: bytes) -> bytes:
    return SIGNATURE + struct.pack("!BBH", command, family, len(body)) + body


def of(client: str, client_port: int, own: str, port: int) -> ProxyHeader:
    return ProxyHeader(
        client=SocketAddress(client, client_port), reached_at=SocketAddress(own, port)
    )


IPV4 = bytes([192, 0, 2, 7, 192, 0, 2, 1]) + struct.pack("!HH", 51234, 10300)
IPV6 = (
    socket.inet_pton(socket.AF_INET6, "2001:db8::7")
    + socket.inet_pton(socket.AF_INET6, "2001:db8::1")
    + struct.pack("!HH", 51234, 10300)
)
MAPPED = (
    socket.inet_pton(socket.AF_INET6, "::ffff:192.0.2.7")
    + socket.inet_pton(socket.AF_INET6, "::ffff:192.0.2.1")
    + struct.pack("!HH", 1, 2)
)
TLVS = b"\x02\x00\x05house" + b"\x20\x00\x00" + b"\x05\x00\x02id"
WHOLE_V4 = of("192.0.2.7", 51234, "192.0.2.1", 10300)
WHOLE_V6 = of("2001:db8::7", 51234, "2001:db8::1", 10300)


@pytest.mark.parametrize(
    ("received", "header"),
    [
        (b"PROXY TCP4 192.0.2.7 192.0.2.1 51234 10300\r\n", WHOLE_V4),
        (b"PROXY TCP6 2001:db8::7 2001:DB8:0::1 51234 10300\r\n", WHOLE_V6),
        (b"PROXY TCP6 ::ffff:192.0.2.7 ::1 0 65535\r\n", of("192.0.2.7", 0, "::1", 65535)),
        (b"PROXY UNKNOWN\r\n", NOTHING),
        (b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", NOTHING),
        (binary(0x21, 0x11, IPV4), WHOLE_V4),
        (binary(0x21, 0x11, IPV4 + TLVS), WHOLE_V4),
        (binary(0x21, 0x21, IPV6), WHOLE_V6),
        (binary(0x21, 0x21, IPV6 + TLVS), WHOLE_V6),
        (binary(0x21, 0x21, MAPPED), of("192.0.2.7", 1, "192.0.2.1", 2)),
        (binary(0x21, 0x11, IPV4 + bytes(MAX_HEADER_BYTES - 28)), WHOLE_V4),
        (binary(0x20, 0x00, b""), ProxyHeader(is_local=True)),
        (binary(0x20, 0x11, IPV4 + TLVS), ProxyHeader(is_local=True)),
        (binary(0x20, 0xFF, b""), ProxyHeader(is_local=True)),
        (binary(0x21, 0x00, b""), NOTHING),
        (binary(0x21, 0x00, TLVS), NOTHING),
        (binary(0x21, 0x12, IPV4), NOTHING),
        (binary(0x21, 0x31, bytes(216)), NOTHING),
        (LOCAL_HEADER, ProxyHeader(is_local=True)),
    ],
)
def test_a_header_is_read_and_the_bytes_after_it_are_left(
    received: bytes, header: ProxyHeader
) -> None:
    assert decoded(received + b'{"type": "describe"}\n') == (header, b'{"type": "describe"}\n')


@pytest.mark.parametrize(
    ("received", "problem"),
    [
        (b'{"type": "describe"}\n', "does not begin with a PROXY header"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01", "does not begin with a PROXY header"),
        (b"proxy TCP4 192.0.2.7 192.0.2.1 1 2\r\n", "does not begin with a PROXY header"),
        (SIGNATURE[:-1] + b"\r" + bytes(4), "does not begin with a PROXY header"),
        (b"PROXY TCP4 192.0.2.7 192.0.2.1 1 2\n", "must end with CR and LF"),
        (b"PROXY TCP4 192.0.2.7 192.0.2.1 1 \r\n", "0 to 65535, got ''"),
        (b"PROXY TCP4 192.0.2.7 192.0.2.1 1 2 3\r\n", "two addresses and two ports"),
        (b"PROXY TCP4  192.0.2.7 192.0.2.1 1 2\r\n", "two addresses and two ports"),
        (b"PROXY TCP5 192.0.2.7 192.0.2.1 1 2\r\n", "two addresses and two ports"),
        (b"PROXY TCP4 192.0.2.7 192.0.2.1 1 65536\r\n", "0 to 65535, got '65536'"),
        (b"PROXY TCP4 192.0.2.7 192.0.2.1 01 2\r\n", "0 to 65535, got '01'"),
        (b"PROXY TCP4 192.0.2.7 192.0.2.1 +1 2\r\n", "0 to 65535, got '+1'"),
        (b"PROXY TCP4 192.0.2.7 192.0.2.1 \xb2 2\r\n", "0 to 65535"),
        (b"PROXY TCP4 192.0.2.07 192.0.2.1 1 2\r\n", "must be IPv4, got '192.0.2.07'"),
        (b"PROXY TCP4 ::1 192.0.2.1 1 2\r\n", "must be IPv4, got '::1'"),
        (b"PROXY TCP6 192.0.2.7 ::1 1 2\r\n", "must be IPv6, got '192.0.2.7'"),
        (b"PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n", "must be IPv6, got 'fe80::1%eth0'"),
        (b"PROXY UNKNOWN " + b"x" * 92 + b"\n", "must end with CR and LF"),
        (b"PROXY UNKNOWN " + b"x" * 200, "longer than 107 bytes"),
        (binary(0x22, 0x11, IPV4), "must be 0x20 or 0x21, got 0x22"),
        (binary(0x11, 0x11, IPV4), "must be 0x20 or 0x21, got 0x11"),
        (binary(0x21, 0x41, IPV4), "unknown family 0x41"),
        (binary(0x21, 0x13, IPV4), "unknown family 0x13"),
        (binary(0x21, 0x11, IPV4[:-1]), "too short for its addresses"),
        (binary(0x21, 0x21, IPV4), "too short for its addresses"),
        (binary(0x21, 0x11, bytes(MAX_HEADER_BYTES)), "at most 4096 bytes, got 4112"),
        (SIGNATURE + b"\x20\x00\xff\xff", "at most 4096 bytes, got 65551"),
    ],
)
def test_bytes_that_are_not_a_header_are_refused_with_the_reason(
    received: bytes, problem: str
) -> None:
    with pytest.raises(ProxyHeaderError, match="PROXY") as refused:
        decoded(received)

    assert problem in str(refused.value)


@pytest.mark.parametrize("header", [binary(0x21, 0x21, IPV6 + TLVS), b"PROXY UNKNOWN\r\n"])
def test_a_part_of_a_header_is_not_a_header_yet(header: bytes) -> None:
    assert [decoded(header[:size])[0] for size in range(len(header))] == [None] * len(header)


@given(received=st.binary(max_size=300), start=st.sampled_from([b"", b"PROXY TCP4 ", SIGNATURE]))
def test_any_bytes_are_a_header_or_refused_and_the_reader_never_reads_too_much(
    received: bytes, start: bytes
) -> None:
    reader = ProxyHeaderReader()
    rest = start + received
    taken = 0
    with suppress(ProxyHeaderError):
        while reader.header is None and rest:
            assert 0 < reader.wanted <= MAX_HEADER_BYTES
            part, rest = rest[: reader.wanted], rest[reader.wanted :]
            taken += len(part)
            reader.feed(part)
    assert taken <= MAX_HEADER_BYTES


@given(
    source=st.ip_addresses(v=4),
    destination=st.ip_addresses(v=4),
    ports=st.tuples(st.integers(0, 65535), st.integers(0, 65535)),
    tlvs=st.binary(max_size=100),
)
def test_both_versions_say_the_same(source, destination, ports, tlvs: bytes) -> None:
    line = f"PROXY TCP4 {source} {destination} {ports[0]} {ports[1]}\r\n".encode()
    body = source.packed + destination.packed + struct.pack("!HH", *ports) + tlvs

    assert decoded(line) == decoded(binary(0x21, 0x11, body))
    assert decoded(line)[0] == of(str(source), ports[0], str(destination), ports[1])


@pytest.mark.parametrize(
    ("header", "sent_from", "host"),
    [
        (WHOLE_V4, "192.0.2.1", "192.0.2.7"),
        (WHOLE_V4, "127.0.0.1", "192.0.2.7"),
        (ProxyHeader(is_local=True), "192.0.2.1", "192.0.2.1"),
        (NOTHING, "127.0.0.1", UNKNOWN_HOST),
        (of("127.0.0.1", 1, "127.0.0.1", 2), "127.0.0.1", "127.0.0.1"),
        (of("127.0.0.1", 1, "127.0.0.1", 2), "192.0.2.1", "192.0.2.1"),
        (of("::1", 1, "::1", 2), "192.0.2.1", "192.0.2.1"),
    ],
    ids=[
        "a client in the network",
        "a client in the network, of a balancer on this machine",
        "the balancer itself",
        "a client that the balancer does not know",
        "a client on this machine",
        "a client on the balancer's machine",
        "the same with IPv6",
    ],
)
def test_no_header_can_make_a_client_one_on_this_machine(
    header: ProxyHeader, sent_from: str, host: str
) -> None:
    assert header.host(sent_from=sent_from) == host


def test_only_listed_balancers_are_believed() -> None:
    here, listed = Balancers(), Balancers(networks=("10.0.0.0/8", "2001:db8::1"))

    assert [here.trust(each) for each in ("127.0.0.9", "::1", "10.0.0.1", "")] == [
        True,
        True,
        False,
        False,
    ]
    assert [listed.trust(each) for each in ("10.9.9.9", "2001:db8::1", "127.0.0.1")] == [
        True,
        True,
        False,
    ]


def test_an_invalid_balancer_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(ConfigError, match=r"proxy_from: .*balancer.*; allowed: an address"):
        Balancers(networks=("balancer.lan",))

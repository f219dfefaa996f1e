"""Listening at the kinds of addresses that a configuration can have, on real sockets."""

import asyncio
import errno
import socket
import struct
from contextlib import closing

import pytest

from virtual_time import in_virtual_time
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.server import listening
from wyoming_bridge.server.listening import (
    ListenError,
    bind,
    broken,
    hosts_of,
    uri_of,
)

HAS_IPV6 = socket.has_dualstack_ipv6()


def reaches(family: socket.AddressFamily, host: str, port: int) -> bool:
    with socket.socket(family) as probe:
        return probe.connect_ex((host, port)) == 0


@pytest.mark.skipif(not HAS_IPV6, reason="this machine has no IPv6")
@pytest.mark.parametrize("host", ["*", "::"])
async def test_all_addresses_include_ipv4_and_ipv6(host: str) -> None:
    (sock,) = await bind(host, 0, wait_s=0)
    with closing(sock):
        port = sock.getsockname()[1]
        reached = [
            reaches(socket.AF_INET, "127.0.0.1", port),
            reaches(socket.AF_INET6, "::1", port),
        ]

    assert reached == [True, True]


@pytest.mark.parametrize(
    ("host", "hosts"),
    [("127.0.0.1", ("127.0.0.1",)), ("0.0.0.0", ("0.0.0.0",)), ("*", ("0.0.0.0", "::"))],
)
async def test_the_addresses_of_sockets_are_returned(host: str, hosts: tuple[str, ...]) -> None:
    sockets = await bind(host, 0, wait_s=0)
    found = hosts_of(sockets)
    for sock in sockets:
        sock.close()

    assert found == (hosts if HAS_IPV6 else hosts[:1])


async def test_without_ipv6_all_addresses_are_the_ipv4_addresses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    create = socket.create_server

    def without_ipv6(address: tuple[str, int], **how: object) -> socket.socket:
        if ":" in address[0]:
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
        return create(address, **how)

    monkeypatch.setattr(listening.socket, "create_server", without_ipv6)
    (sock,) = await bind("*", 0, wait_s=0)
    with closing(sock):
        assert hosts_of([sock]) == ("0.0.0.0",)


async def test_a_port_that_is_in_use_is_an_error_at_once() -> None:
    (sock,) = await bind("127.0.0.1", 0, wait_s=0)
    port = sock.getsockname()[1]
    with closing(sock), pytest.raises(ConfigError, match=f"127.0.0.1:{port}: Address already"):
        await bind("127.0.0.1", port, wait_s=600)


@pytest.mark.parametrize("host", ["192.0.2.1", "nohost.invalid"])
async def test_an_address_that_the_machine_lacks_is_an_error_that_names_it(host: str) -> None:
    with pytest.raises(ListenError, match=f"cannot listen at tcp://{host}:1: .*; tried for 0 s"):
        await bind(host, 1, wait_s=0)


def test_the_bridge_waits_for_an_address_that_the_machine_gets_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[float] = []

    async def bind_now(_host: str, _port: int) -> list[socket.socket]:
        tries.append(asyncio.get_running_loop().time())
        if len(tries) < 10:
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
        return []

    monkeypatch.setattr(listening, "_bind_now", bind_now)

    @in_virtual_time
    async def scenario() -> None:
        assert await bind("192.0.2.1", 10300, wait_s=30) == []

    scenario()

    assert [round(at - tries[0]) for at in tries] == list(range(10))
    (line,) = caplog.records
    assert "cannot listen at tcp://192.0.2.1:10300: Cannot assign" in line.message


def test_a_uri_has_brackets_around_ipv6() -> None:
    assert uri_of("::1", 5) == "tcp://[::1]:5"
    assert uri_of("*", 5) == "tcp://*:5"


def test_a_socket_that_was_reset_is_broken_and_a_half_closed_one_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        pairs = []
        for _ in range(3):
            client = socket.create_connection(server.getsockname())
            pairs.append((client, server.accept()[0]))
        (reset, its_end), (half_closed, other_end), (_, third_end) = pairs
        reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        reset.close()
        half_closed.shutdown(socket.SHUT_WR)

        ends = [end.fileno() for end in (its_end, other_end, third_end)]
        assert broken(ends) == ends[:1]

        for pair in pairs:
            for sock in pair:
                sock.close()

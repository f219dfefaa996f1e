"""Listening at the kinds of addresses that a configuration can have, on real sockets."""

import asyncio
import errno
import socket
from contextlib import closing

import pytest

from virtual_time import in_virtual_time
from wyoming_bridge import listening
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.listening import AddressWait, ListenError, bind, hosts_of, uri_of

HAS_IPV6 = socket.has_dualstack_ipv6()


def reaches(family: socket.AddressFamily, host: str, port: int) -> bool:
    with socket.socket(family) as probe:
        return probe.connect_ex((host, port)) == 0


@pytest.mark.skipif(not HAS_IPV6, reason="this machine has no IPv6")
@pytest.mark.parametrize("host", ["*", "::"])
async def test_all_addresses_include_ipv4_and_ipv6(host: str) -> None:
    (sock,) = await bind(host, 0, wait=AddressWait(0))
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
    sockets = await bind(host, 0, wait=AddressWait(0))
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
    (sock,) = await bind("*", 0, wait=AddressWait(0))
    with closing(sock):
        assert hosts_of([sock]) == ("0.0.0.0",)


async def test_a_port_that_is_in_use_is_an_error_at_once() -> None:
    (sock,) = await bind("127.0.0.1", 0, wait=AddressWait(0))
    port = sock.getsockname()[1]
    with closing(sock), pytest.raises(ConfigError, match=f"127.0.0.1:{port}: Address already"):
        await bind("127.0.0.1", port, wait=AddressWait(600))


@pytest.mark.parametrize("host", ["192.0.2.1", "nohost.invalid"])
async def test_an_address_that_the_machine_lacks_is_an_error_that_names_it(host: str) -> None:
    with pytest.raises(ListenError, match=f"cannot listen at tcp://{host}:1: .*; tried for 0 s"):
        await bind(host, 1, wait=AddressWait(0))


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
        assert await bind("192.0.2.1", 10300, wait=AddressWait(30)) == []

    scenario()

    assert [round(at - tries[0]) for at in tries] == list(range(10))
    (line,) = caplog.records
    assert "cannot listen at tcp://192.0.2.1:10300: Cannot assign" in line.message


def test_the_addresses_of_a_program_share_one_wait(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    appears_at = {"192.0.2.1": 1020.0, "192.0.2.2": 1025.0}

    async def bind_now(host: str, _port: int) -> list[socket.socket]:
        if asyncio.get_running_loop().time() < appears_at.get(host, 9999):
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
        return []

    monkeypatch.setattr(listening, "_bind_now", bind_now)

    @in_virtual_time
    async def scenario() -> None:
        wait = AddressWait(30)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await bind("192.0.2.1", 1, wait=wait)
        await asyncio.sleep(100)  # what the program does in between does not count
        await bind("192.0.2.2", 1, wait=wait)
        with pytest.raises(ListenError, match="tried for 10 s, because all addresses share 30 s"):
            await bind("192.0.2.3", 1, wait=wait)
        assert round(loop.time() - began) == 130

    scenario()

    assert [line.rpartition("; ")[2] for line in caplog.messages] == [
        "trying again for 30 s",
        "trying again for 10 s, because all addresses share 30 s",
    ]


def test_a_uri_has_brackets_around_ipv6() -> None:
    assert uri_of("::1", 5) == "tcp://[::1]:5"
    assert uri_of("*", 5) == "tcp://*:5"

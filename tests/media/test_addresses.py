"""No private address is requested, whether a URL, a redirect or a resolver names it."""

import asyncio
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

import pytest
from aiohttp import web

from fetching import Names, Serve, problem
from wyoming_bridge.errors import MediaProblem
from wyoming_bridge.media.addresses import IPAddress, is_any, is_nearby, is_public

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://10.1.2.3/",
        "http://192.168.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2002:808:808::]/",
        "http://[64:ff9b:1::808:808]/",
        "http://[::127.0.0.1]/",
        "http://[::808:808]/",
        "http://[fec0::1]/",
        "http://[fe80::1%25lo]/",
        "http://[ff02::1]/",
        "http://[2001:0:7f00:1::]/",
        "http://[2001:db8::1]/",
        "http://[100::1]/",
        "http://[::]/",
        "http://192.88.99.1/",
        "http://192.0.0.8/",
        "http://198.18.0.1/",
        "http://240.0.0.1/",
        "http://255.255.255.255/",
        "http://localhost/",
        "http://LocalHost/",
        "http://127.0.0.1./",
        "http://0x7f000001/",
        "http://\uff11\uff12\uff17.0.0.1/",
        "http://127\u30020\u30020\u30021/",
        "http://127\uff610\uff0e0.1/",
        "http://\u2460\u2461\u2466.0.0.1/",
        "http://\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54/",
        "http://\U0001d7cf\U0001d7d0\U0001d7d5.0.0.1/",
        "http://[::\uff46\uff46\uff46\uff46:127.0.0.1]/",
    ],
)
async def test_this_machine_and_private_networks_get_no_request(url: str) -> None:
    error = await problem(url)

    assert error.problem is MediaProblem.FORBIDDEN_ADDRESS
    assert "not allowed" in str(error)


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("93.184.215.14", "10.0.0.1")])
async def test_a_host_name_of_a_private_address_gets_no_request(addresses: tuple[str, ...]) -> None:
    error = await problem("http://outside.example/x?sig=secret", resolver=Names(*addresses))

    assert error.problem is MediaProblem.FORBIDDEN_ADDRESS
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.2",
        "10.0.0.1",
        "inside.example",
        "[::1]",
        "[::ffff:7f00:2]",
        "[fec0::1]",
        "\uff11\uff12\uff17.0.0.2",
        "127\u30020\u30020\u30022",
    ],
)
async def test_a_redirect_to_a_private_address_is_not_followed(serve: Serve, place: str) -> None:
    asked: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=302, headers={"Location": f"http://{place}:{port}/secret"})

    port = await serve(handle)

    error = await problem(
        f"http://127.0.0.1:{port}/x",
        # The test's own server counts as public.
        allowed=lambda address: str(address) == "127.0.0.1",
        resolver=Names("192.168.0.1"),
    )

    assert error.problem is MediaProblem.FORBIDDEN_ADDRESS
    assert asked == ["/x"]


async def test_a_name_that_resolves_differently_each_time_is_checked_each_time(
    serve: Serve,
) -> None:
    asked: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(request.path)
        location = f"http://rebinding.example:{port}/again"
        return web.Response(status=302, headers={"Location": location, "Connection": "close"})

    port = await serve(handle)
    resolver = Names("127.0.0.1")

    def allowed(address: IPAddress) -> bool:
        resolver.addresses = ("127.0.0.2",)  # the next answer of the name server
        return str(address) == "127.0.0.1"

    error = await problem(f"http://rebinding.example:{port}/x", allowed=allowed, resolver=resolver)

    assert error.problem is MediaProblem.FORBIDDEN_ADDRESS
    assert asked == ["/x"]


@pytest.mark.parametrize(
    ("checks", "by"), [(1, "the resolver"), (2, "the socket before"), (3, "the open connection")]
)
async def test_resolver_socket_and_open_connection_are_each_checked_before_the_request(
    serve: Serve, checks: int, by: str
) -> None:
    asked: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response()

    port = await serve(handle)
    answers = iter([True] * (checks - 1))

    error = await problem(
        f"http://outside.example:{port}/x",
        allowed=lambda _: next(answers, False),
        resolver=Names("127.0.0.1"),
    )

    assert error.problem is MediaProblem.FORBIDDEN_ADDRESS, by
    assert asked == []


async def test_this_machine_gets_no_request_at_a_public_address_of_its_own(serve: Serve) -> None:
    asked: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response()

    port = await serve(handle)

    # Every address counts as public here, as the addresses of a house with IPv6 are.
    error = await problem(f"http://127.0.0.1:{port}/x", allowed=is_any, nearby=is_nearby)

    assert error.problem is MediaProblem.FORBIDDEN_ADDRESS
    assert asked == []


@pytest.mark.parametrize(("checks", "connections"), [(1, 0), (2, 1)])
async def test_a_near_device_is_refused_before_the_connection_and_before_the_request(
    checks: int, connections: int
) -> None:
    accepted: list[bytes] = []
    has_ended = asyncio.Event()
    ends: list[tuple[IPAddress, IPAddress]] = []
    answers = iter([False] * (checks - 1))

    def nearby(own: IPAddress, peer: IPAddress) -> bool:
        ends.append((own, peer))
        return next(answers, True)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.append(await reader.read())
        writer.close()
        has_ended.set()

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await problem(f"http://127.0.0.1:{port}/x", allowed=is_any, nearby=nearby)
        if connections:
            await has_ended.wait()

    assert error.problem is MediaProblem.FORBIDDEN_ADDRESS
    assert accepted == [b""] * connections
    assert ends == [(ip_address("127.0.0.1"), ip_address("127.0.0.1"))] * checks


@pytest.mark.parametrize(
    ("own", "peer", "expected"),
    [
        ("2a02:1:2:3::5", "2a02:1:2:3::5", True),
        ("2a02:1:2:3::5", "2a02:1:2:3:aaaa:bbbb:cccc:dddd", True),
        ("2a02:1:2:3::5", "2a02:1:2:4::5", False),
        ("2a02:1:2:3::5", "2606:2800:21f:cb07::1", False),
        ("93.184.215.14", "93.184.215.14", True),
        ("93.184.215.14", "::ffff:93.184.215.14", True),
        ("::ffff:93.184.215.14", "::ffff:93.184.215.14", True),
        ("::ffff:93.184.215.14", "::ffff:8.8.8.8", False),
        ("192.168.1.2", "93.184.215.14", False),
        ("2a02:1:2:3::5", "93.184.215.14", False),
    ],
)
def test_the_machines_own_address_and_its_ipv6_network_are_nearby(
    own: str, peer: str, *, expected: bool
) -> None:
    assert is_nearby(ip_address(own), ip_address(peer)) is expected


@pytest.mark.parametrize("answer", ["127.1", "0177.0.0.1", "0x7f000001", "2130706433", "localhost"])
async def test_no_request_is_sent_if_the_resolver_returns_no_address(answer: str) -> None:
    error = await problem("http://outside.example/x", allowed=is_any, resolver=Names(answer))

    assert error.problem is MediaProblem.FORBIDDEN_ADDRESS


@pytest.mark.parametrize(
    "address",
    [
        "93.184.215.14",
        "2606:2800:21f:cb07::1",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ],
)
def test_internet_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))

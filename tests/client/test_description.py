"""The description of a remote bridge, and the errors for other servers."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest

from proxying import FIRST, SECOND, TWO_ADDRESSES, black_hole, with_two_addresses
from wyoming_bridge import (
    VERSION,
    Access,
    AccessError,
    Address,
    BridgeError,
    BridgeInfo,
    BridgeProfile,
    Config,
    ConnectError,
    ConnectTimeoutError,
    LocalBackend,
    Profile,
    ScriptixSettings,
    UnprovenError,
    describe,
)
from wyoming_bridge.capabilities import ProfileCapabilities
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.errors import ProtocolViolationError

TOKEN = "r1ght-t0k3n"
HERE = Address(host="127.0.0.1", port=0)
OFFLINE = Profile(name="offline", backend=LocalBackend(engine="scripted"))
KITCHEN = Profile(
    name="kitchen", backend=ScriptixSettings(token="t", language="xx"), endpointing=RECORDING
)
GUARDED = Access(token=TOKEN, trust_loopback=False)

Serve = Callable[[bytes], Awaitable[int]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Return a function that starts a server and returns its port.

    The server sends the same bytes to each client, and then waits until the client disconnects.
    """
    servers: list[asyncio.Server] = []

    async def start(answer: bytes) -> int:
        async def serve_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(answer)
            with suppress(OSError):
                await reader.read()
            writer.close()

        server = await asyncio.start_server(serve_client, "127.0.0.1", 0)
        servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


def event(kind: str, data: object) -> bytes:
    return json.dumps({"type": kind, "data": data}).encode() + b"\n"


def program(**values: object) -> dict[str, object]:
    return {
        "name": "kitchen",
        "attribution": {"name": "Wyoming Bridge", "url": ""},
        "version": "1",
        "models": [],
        **values,
    }


async def test_a_bridge_describes_its_version_and_profiles(start_bridge) -> None:
    host, port = await start_bridge(Config(listen=HERE, profiles=(KITCHEN, OFFLINE)))

    info = await describe(host=host, port=port)

    kitchen, offline = info.profiles
    assert info == BridgeInfo(version=VERSION, profiles=(kitchen, offline), id=info.id)
    assert kitchen == BridgeProfile(
        name="kitchen",
        description="Scriptix",
        languages=("xx",),
        requires_external_vad=True,
        capabilities=ProfileCapabilities(flush=False, server_vad=False, bias_terms=False),
    )
    assert (offline.name, offline.requires_external_vad) == ("offline", False)
    assert offline.languages[:3] == ("en", "en-US", "en-GB")


async def test_with_the_right_token_a_guarded_bridge_describes_itself_too(start_bridge) -> None:
    config = Config(listen=HERE, profiles=(OFFLINE,), access=GUARDED)
    host, port = await start_bridge(config)

    info = await describe(host=host, port=port, token=TOKEN)

    assert [profile.name for profile in info.profiles] == ["offline"]


@pytest.mark.parametrize(
    ("token", "message"), [(None, "none was sent"), ("wr0ng-t0k3n", "the access token is wrong")]
)
async def test_with_a_missing_or_wrong_token_the_error_says_which(
    token: str | None, message: str, start_bridge
) -> None:
    config = Config(listen=HERE, profiles=(OFFLINE,), access=GUARDED)
    host, port = await start_bridge(config)

    with pytest.raises(AccessError, match=message) as caught:
        await describe(host=host, port=port, token=token)

    assert caught.value.code == "access_denied"
    assert not str(caught.value).endswith(caught.value.advice)
    assert "t0k3n" not in caught.value.with_advice


async def test_a_bridge_without_a_token_is_an_error_for_a_client_with_a_token(
    start_bridge,
) -> None:
    host, port = await start_bridge(Config(listen=HERE, profiles=(OFFLINE,)))

    with pytest.raises(UnprovenError, match="the bridge has no access token"):
        await describe(host=host, port=port, token=TOKEN)


@with_two_addresses
async def test_a_bridge_is_asked_at_the_address_that_answers() -> None:
    async def serve_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(event("info", {"asr": [program()]}))
        await reader.read()
        writer.close()

    async with await asyncio.start_server(serve_client, SECOND, 0) as server:
        port = server.sockets[0].getsockname()[1]
        with black_hole(FIRST, port):
            info = await describe(host=TWO_ADDRESSES, port=port)

    assert [profile.name for profile in info.profiles] == ["kitchen"]


async def test_the_error_says_that_no_bridge_answers_and_what_to_check(free_port: int) -> None:
    with pytest.raises(ConnectError) as caught:
        await describe(host="127.0.0.1", port=free_port)

    assert caught.value.with_advice == (
        f"no bridge answers at tcp://127.0.0.1:{free_port}: connections are refused. "
        "Check that the bridge runs, and that it listens at this address."
    )


async def test_the_advice_about_an_unknown_host_is_about_the_bridge(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def dial(*_: object) -> socket.socket:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr("wyoming_bridge.client.connecting.dial", dial)
    with pytest.raises(ConnectError, match="cannot be resolved") as caught:
        await describe(host="no-bridge.invalid", port=10300)

    assert caught.value.advice.startswith("Check that the bridge runs")


@pytest.mark.parametrize(
    ("host", "port"),
    [("127.0.0.1", 65536), ("x" * 64, 10300), ("a..b", 10300), ("host\0name", 10300), ("::1", -1)],
)
async def test_an_invalid_address_is_an_error_that_says_so(host: str, port: int) -> None:
    with pytest.raises(ConnectError, match="is not a valid address"):
        await describe(host=host, port=port)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"[]\n",
        b"5\n",
        b'{"x": 1}\n',
        b'{"type": 5}\n',
        event("info", None),
        event("error", [1]),
        b'{"type": "info", "data": [], "data_length": 2}\n{}',
        b"[" * 60_000 + b"\n",
        b"x" * 70_000,
        b'{"type": "info", "data_length": 1000000000000}\n',
        b'{"type": "info", "payload_length": 1000000000000}\n',
        b'{"type": "info", "data_length": 480012}\n{"asr": [' + b"{}," * 160_000 + b"1]}",
    ],
)
async def test_the_error_says_that_a_server_does_not_speak_wyoming(
    answer: bytes, serve: Serve
) -> None:
    port = await serve(answer)

    with pytest.raises(ProtocolViolationError, match=f":{port} is not a Wyoming server"):
        await describe(host="127.0.0.1", port=port)


async def test_other_tasks_run_between_the_events_of_a_flood(serve: Serve) -> None:
    port = await serve(b'{"type":"x"}\n' * 3_000 + b"no event\n")
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    with pytest.raises(ProtocolViolationError):
        await describe(host="127.0.0.1", port=port)
    counting.cancel()
    assert turns > 3_000


@pytest.mark.parametrize(
    ("asr", "message"),
    [
        ([], "is not Wyoming Bridge: it offers no speech-to-text"),
        (None, "is not Wyoming Bridge"),
        ([program(attribution={"name": "SYSTRAN"})], "is not Wyoming Bridge: it is by SYSTRAN"),
        ([program(), program(attribution={"name": "x"})], "it is by Wyoming Bridge, x"),
        ([program(attribution=None)], "is not Wyoming Bridge"),
        ([program(attribution="Wyoming Bridge")], "attribution must be an object, got a string"),
        ([program(version=None)], "version must be a string, got null"),
        ([program(name=5)], "name must be a string, got a number"),
        ([program(models=[{"languages": ["en", 5]}])], "languages must be a list of strings"),
        (
            [program(requires_external_vad="no")],
            "requires_external_vad must be true or false, got a string",
        ),
        ("whisper", "asr must be a list, got a string"),
    ],
)
async def test_the_error_says_that_a_wyoming_server_is_not_a_bridge(
    asr: object, message: str, serve: Serve
) -> None:
    port = await serve(event("info", {"asr": asr}))

    with pytest.raises(ProtocolViolationError) as caught:
        await describe(host="127.0.0.1", port=port)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("extension", "message"),
    [
        ({"id": "kitchen"}, "the id must be 32 hexadecimal digits, got 'kitchen'"),
        ({"id": "A" * 32}, "the id must be 32 hexadecimal digits"),
        ({"id": 5}, "id must be a string, got a number"),
        ("id", "wyoming_bridge must be an object, got a string"),
    ],
)
async def test_an_invalid_id_is_an_error(extension: object, message: str, serve: Serve) -> None:
    port = await serve(event("info", {"asr": [program()], "wyoming_bridge": extension}))

    with pytest.raises(ProtocolViolationError) as caught:
        await describe(host="127.0.0.1", port=port)

    assert message in str(caught.value)


@pytest.mark.parametrize("extension", [{}, None, {"id": None}, {"later": 1}])
async def test_an_older_bridge_reports_no_id(extension: object, serve: Serve) -> None:
    port = await serve(event("info", {"asr": [program()], "wyoming_bridge": extension}))

    assert (await describe(host="127.0.0.1", port=port)).id is None


async def test_unexpected_events_are_ignored(serve: Serve) -> None:
    port = await serve(event("pong", {}) + event("info", {"asr": [program()]}))

    info = await describe(host="127.0.0.1", port=port)

    assert info.profiles[0].description == ""
    # The program has no field ``requires_external_vad``, so Wyoming's default applies.
    assert info.profiles[0].requires_external_vad


async def test_an_error_of_the_bridge_is_raised(serve: Serve) -> None:
    port = await serve(event("error", {"text": "too many clients", "code": "invalid_request"}))

    with pytest.raises(BridgeError, match="too many clients") as caught:
        await describe(host="127.0.0.1", port=port)

    assert caught.value.code == "invalid_request"


async def test_a_server_that_closes_at_once_cannot_be_reached() -> None:
    def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(close, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    with pytest.raises(ConnectError, match="closed the connection without an answer"):
        await describe(host="127.0.0.1", port=port)
    server.close()
    await server.wait_closed()


async def test_a_silent_server_is_an_error_after_a_few_seconds(serve: Serve) -> None:
    port = await serve(b"")

    with pytest.raises(
        ConnectTimeoutError, match=f"tcp://127.0.0.1:{port} did not answer within 5 s"
    ):
        await describe(host="127.0.0.1", port=port)

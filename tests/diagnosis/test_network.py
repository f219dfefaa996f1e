"""The network steps of a check over real sockets: each way in which they can fail."""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from certificates import self_signed
from patience import PATIENCE_S
from proxying import black_hole
from wyoming_bridge.config import Profile
from wyoming_bridge.diagnosis.check import check
from wyoming_bridge.diagnosis.network import Resolve
from wyoming_bridge.diagnosis.steps import CheckOutcome, Step, StepName
from wyoming_bridge.errors import (
    BridgeError,
    ConnectError,
    ConnectTimeoutError,
    ProxyError,
    ProxySettingError,
)
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.transcriber import Limits

PATIENT = Limits(ready_s=PATIENCE_S, final_s=0.05)
SOON = Limits(ready_s=2)
"""A short limit for servers that never answer, but long enough for the steps that succeed."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def tls_port(certificate: tuple[Path, Path]) -> AsyncIterator[int]:
    """The port of a server that sends its certificate and closes the connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server = await asyncio.start_server(
        lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context
    )
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest.fixture
def unanswered_port() -> Iterator[int]:
    """A port at which the system completes connections, but no server answers."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock.getsockname()[1]


def answering(*addresses: str) -> Resolve:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve


async def steps_of(
    url: str,
    *,
    resolve: Resolve | None = None,
    ssl_context: ssl.SSLContext | None = None,
    limits: Limits = PATIENT,
) -> list[Step]:
    profile = Profile(name="checked", backend=Reson8Settings(url=url, token="t"), limits=limits)
    options = {"resolve": resolve} if resolve else {}
    return [step async for step in check(profile, ssl_context=ssl_context, **options)]


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "it is unknown"),
        (UnicodeError("label too long"), "is not a valid host name"),
    ],
    ids=["unknown", "invalid"],
)
async def test_a_name_that_does_not_resolve_fails_at_the_address(
    failure: Exception, message: str
) -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        raise failure

    (only,) = await steps_of("wss://unknown.invalid", resolve=resolve)

    assert (only.name, type(only.error)) == (StepName.ADDRESS, ConnectError)
    assert "unknown.invalid" in only.text
    assert message in only.text


async def test_a_name_server_that_never_answers_fails_at_the_address() -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return ()

    (only,) = await steps_of("wss://unknown.invalid", resolve=resolve, limits=SOON)

    assert (only.name, type(only.error)) == (StepName.ADDRESS, ConnectTimeoutError)
    assert only.text == "the host name unknown.invalid was not resolved within 2 s"


async def test_a_closed_port_fails_at_the_port(free_port: int) -> None:
    address, port = await steps_of(f"ws://127.0.0.1:{free_port}")

    assert address.outcome is CheckOutcome.OK
    assert (port.name, type(port.error)) == (StepName.PORT, ConnectError)
    assert port.text == f"127.0.0.1:{free_port} refuses connections"


async def test_the_first_address_that_answers_is_used(tls_port: int) -> None:
    _, port, *_ = await steps_of(
        f"wss://service.invalid:{tls_port}", resolve=answering("127.0.0.9", "127.0.0.1")
    )

    assert port.text == f"port {tls_port} of 127.0.0.1 answers"


async def test_an_address_that_does_not_answer_does_not_delay_the_next_one(
    tls_port: int,
) -> None:
    with black_hole("127.0.0.9", tls_port):
        _, port, *_ = await steps_of(
            f"wss://service.invalid:{tls_port}", resolve=answering("127.0.0.9", "127.0.0.1")
        )

    assert port.text == f"port {tls_port} of 127.0.0.1 answers"


async def test_if_no_address_answers_the_reason_is_shown(free_port: int) -> None:
    *_, port = await steps_of(
        f"wss://service.invalid:{free_port}", resolve=answering("127.0.0.9", "127.0.0.1")
    )

    assert port.text == f"service.invalid:{free_port} refuses connections"


async def test_all_addresses_of_a_name_are_shown(free_port: int) -> None:
    first, *_ = await steps_of(
        f"wss://service.invalid:{free_port}", resolve=answering("127.0.0.1", "::1")
    )

    assert first.text == "service.invalid resolves to 127.0.0.1, ::1"


async def test_a_certificate_that_is_not_trusted_fails_at_tls(tls_port: int) -> None:
    *before, tls = await steps_of(f"wss://127.0.0.1:{tls_port}")

    assert [step.outcome for step in before] == [CheckOutcome.OK, CheckOutcome.OK]
    assert (tls.name, type(tls.error)) == (StepName.TLS, ConnectError)
    assert "is not trusted: self-signed certificate" in tls.text


async def test_a_certificate_of_another_name_fails_at_tls(
    tls_port: int, certificate: tuple[Path, Path]
) -> None:
    context = ssl.create_default_context(cafile=certificate[0])

    *_, tls = await steps_of(
        f"wss://other.invalid:{tls_port}", resolve=answering("127.0.0.1"), ssl_context=context
    )

    assert tls.name is StepName.TLS
    assert "is not trusted: it is for another host" in tls.text


async def test_the_step_after_a_trusted_certificate_is_the_websocket(
    tls_port: int, certificate: tuple[Path, Path]
) -> None:
    context = ssl.create_default_context(cafile=certificate[0])

    *_, tls, websocket = await steps_of(f"wss://127.0.0.1:{tls_port}", ssl_context=context)

    assert (tls.outcome, tls.text) == (CheckOutcome.OK, "the certificate of 127.0.0.1 is trusted")
    assert (websocket.name, type(websocket.error)) == (StepName.WEBSOCKET, ConnectError)


@pytest.mark.parametrize(
    ("scheme", "where", "error"),
    [
        ("wss", StepName.TLS, ConnectTimeoutError),
        ("ws", StepName.WEBSOCKET, ConnectTimeoutError),
    ],
)
async def test_a_server_that_never_answers_fails_within_the_time_limit(
    scheme: str, where: StepName, error: type[BridgeError], unanswered_port: int
) -> None:
    *_, last = await steps_of(f"{scheme}://127.0.0.1:{unanswered_port}", limits=SOON)

    assert (last.name, type(last.error)) == (where, error)


async def test_every_connection_is_closed() -> None:
    ended: asyncio.Queue[None] = asyncio.Queue()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await reader.read()
        writer.close()
        ended.put_nowait(None)

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        await steps_of(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", limits=SOON)

        async with asyncio.timeout(PATIENCE_S):
            await ended.get()  # the connection of the step ``port``
            await ended.get()  # the connection of the websocket


async def test_a_server_without_tls_fails_at_tls(start_server) -> None:
    url = await start_server()

    *_, tls = await steps_of(f"{url.replace('ws:', 'wss:')}/reson8")

    assert (tls.name, type(tls.error)) == (StepName.TLS, ConnectError)
    assert re.match(r"the TLS handshake with 127\.0\.0\.1:\d+ failed: \S", tls.text)


async def test_with_a_proxy_the_network_steps_are_skipped(
    monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setenv("https_proxy", f"http://user:s3cr3t@127.0.0.1:{free_port}")

    first, last = await steps_of("wss://unknown.invalid")

    assert (first.name, first.outcome) == (StepName.ADDRESS, CheckOutcome.SKIPPED)
    assert (last.name, last.outcome) == (StepName.WEBSOCKET, CheckOutcome.FAILED)
    assert "s3cr3t" not in f"{first} {last} {last.error}"


async def test_a_proxy_is_named_and_an_invalid_proxy_fails_at_the_address(
    monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setenv("all_proxy", f"127.0.0.1:{free_port}")
    first, last = await steps_of("wss://unknown.invalid")
    assert first.text == f"the proxy 127.0.0.1:{free_port} (all_proxy) connects to the service"
    assert type(last.error) is ProxyError

    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:1080")
    (only,) = await steps_of("wss://unknown.invalid")
    assert (only.name, type(only.error)) == (StepName.ADDRESS, ProxySettingError)
    assert only.text.startswith("all_proxy: must be http://host:port")


async def test_a_host_in_no_proxy_is_tested_directly(
    monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "unknown.invalid")

    first, _ = await steps_of(f"wss://unknown.invalid:{free_port}", resolve=answering("127.0.0.1"))

    assert (first.name, first.outcome) == (StepName.ADDRESS, CheckOutcome.OK)


async def test_loopback_addresses_are_tested_directly(
    monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    first, _ = await steps_of(f"ws://127.0.0.1:{free_port}")

    assert (first.name, first.outcome) == (StepName.ADDRESS, CheckOutcome.OK)

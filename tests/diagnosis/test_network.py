"""The way to a service on real sockets: each place where it can end."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from certificates import self_signed
from patience import PATIENCE_S
from wyoming_bridge.config import Profile
from wyoming_bridge.diagnosis.check import check
from wyoming_bridge.diagnosis.network import Resolve
from wyoming_bridge.diagnosis.steps import CheckOutcome, Step, StepName
from wyoming_bridge.errors import (
    BridgeError,
    ConnectError,
    ConnectTimeoutError,
    ProtocolViolationError,
)
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.transcriber import Limits

PATIENT = Limits(ready_s=PATIENCE_S, final_s=0.05)
SOON = Limits(ready_s=2)
"""For what never answers; a busy machine still gets as far as it should."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def tls_port(certificate: tuple[Path, Path]) -> AsyncIterator[int]:
    """Of a server that shows its certificate, and hangs up."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server = await asyncio.start_server(
        lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context
    )
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest.fixture
def mute_port() -> Iterator[int]:
    """Of a server whose machine takes connections, and that never looks at them."""
    with socket.create_server(("127.0.0.1", 0)) as plug:
        yield plug.getsockname()[1]


def answering(*addresses: str) -> Resolve:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve


async def tried(
    url: str,
    *,
    resolve: Resolve | None = None,
    ssl_context: ssl.SSLContext | None = None,
    limits: Limits = PATIENT,
) -> list[Step]:
    profile = Profile(name="tried", backend=Reson8Settings(url=url, token="t"), limits=limits)
    how = {"resolve": resolve} if resolve else {}
    return [step async for step in check(profile, ssl_context=ssl_context, **how)]


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "not known"),
        (UnicodeError("label too long"), "it is no name"),
    ],
    ids=["unknown", "impossible"],
)
async def test_a_name_that_does_not_resolve_fails_at_the_address(
    refusal: Exception, said: str
) -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        raise refusal

    (only,) = await tried("wss://nobody.invalid", resolve=resolve)

    assert (only.name, type(only.error)) == (StepName.ADDRESS, ConnectError)
    assert only.text.startswith("the name nobody.invalid cannot be resolved: ")
    assert said in only.text


async def test_a_name_server_that_never_answers_is_given_up() -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return ()

    (only,) = await tried("wss://nobody.invalid", resolve=resolve, limits=SOON)

    assert (only.name, type(only.error)) == (StepName.ADDRESS, ConnectTimeoutError)
    assert only.text == "the name nobody.invalid was not resolved within 2 s"


async def test_a_port_at_which_nobody_listens_fails_there(free_port: int) -> None:
    address, port = await tried(f"ws://127.0.0.1:{free_port}")

    assert address.outcome is CheckOutcome.OK
    assert (port.name, type(port.error)) == (StepName.PORT, ConnectError)
    assert port.text == f"127.0.0.1:{free_port} refuses connections"


async def test_the_first_address_that_answers_is_taken(tls_port: int) -> None:
    _, port, *_ = await tried(
        f"wss://service.invalid:{tls_port}", resolve=answering("127.0.0.9", "127.0.0.1")
    )

    assert port.text == f"port {tls_port} of 127.0.0.1 answers"


async def test_all_addresses_of_a_name_are_shown(free_port: int) -> None:
    first, *_ = await tried(
        f"wss://service.invalid:{free_port}", resolve=answering("127.0.0.1", "::1")
    )

    assert first.text == "service.invalid is 127.0.0.1, ::1"


async def test_a_certificate_that_is_not_trusted_fails_at_tls(tls_port: int) -> None:
    *before, tls = await tried(f"wss://127.0.0.1:{tls_port}")

    assert [step.outcome for step in before] == [CheckOutcome.OK, CheckOutcome.OK]
    assert (tls.name, type(tls.error)) == (StepName.TLS, ConnectError)
    assert "is not trusted: self-signed certificate" in tls.text


async def test_a_certificate_of_another_name_fails_at_tls(
    tls_port: int, certificate: tuple[Path, Path]
) -> None:
    context = ssl.create_default_context(cafile=certificate[0])

    *_, tls = await tried(
        f"wss://other.invalid:{tls_port}", resolve=answering("127.0.0.1"), ssl_context=context
    )

    assert tls.name is StepName.TLS
    assert "certificate is not valid for 'other.invalid'" in tls.text


async def test_a_trusted_certificate_goes_on_to_the_websocket(
    tls_port: int, certificate: tuple[Path, Path]
) -> None:
    context = ssl.create_default_context(cafile=certificate[0])

    *_, tls, websocket = await tried(f"wss://127.0.0.1:{tls_port}", ssl_context=context)

    assert (tls.outcome, tls.text) == (CheckOutcome.OK, "the certificate of 127.0.0.1 is trusted")
    assert (websocket.name, type(websocket.error)) == (StepName.WEBSOCKET, ProtocolViolationError)


@pytest.mark.parametrize(
    ("scheme", "where", "error"),
    [
        ("wss", StepName.TLS, ConnectTimeoutError),
        ("ws", StepName.WEBSOCKET, ConnectTimeoutError),
    ],
)
async def test_a_server_that_never_answers_is_given_up(
    scheme: str, where: StepName, error: type[BridgeError], mute_port: int
) -> None:
    *_, last = await tried(f"{scheme}://127.0.0.1:{mute_port}", limits=SOON)

    assert (last.name, type(last.error)) == (where, error)


async def test_every_connection_that_was_made_is_ended() -> None:
    ended: asyncio.Queue[None] = asyncio.Queue()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await reader.read()
        writer.close()
        ended.put_nowait(None)

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        await tried(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", limits=SOON)

        async with asyncio.timeout(PATIENCE_S):
            await ended.get()  # the one that looked at the port
            await ended.get()  # the websocket's


async def test_a_server_without_tls_fails_at_tls(start_server) -> None:
    url = await start_server()

    *_, tls = await tried(f"{url.replace('ws:', 'wss:')}/reson8")

    assert (tls.name, type(tls.error)) == (StepName.TLS, ConnectError)
    assert "does not speak TLS as expected" in tls.text


async def test_behind_a_proxy_the_network_is_left_to_it(
    monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setenv("https_proxy", f"http://user:s3cr3t@127.0.0.1:{free_port}")

    first, last = await tried("wss://nobody.invalid")

    assert (first.name, first.outcome) == (StepName.ADDRESS, CheckOutcome.SKIPPED)
    assert (last.name, last.outcome) == (StepName.WEBSOCKET, CheckOutcome.FAILED)
    assert "s3cr3t" not in f"{first} {last} {last.error}"


async def test_a_host_that_needs_no_proxy_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "nobody.invalid")

    first, _ = await tried(f"wss://nobody.invalid:{free_port}", resolve=answering("127.0.0.1"))

    assert (first.name, first.outcome) == (StepName.ADDRESS, CheckOutcome.OK)


async def test_this_machine_needs_no_proxy(monkeypatch: pytest.MonkeyPatch, free_port: int) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    first, _ = await tried(f"ws://127.0.0.1:{free_port}")

    assert (first.name, first.outcome) == (StepName.ADDRESS, CheckOutcome.OK)

"""A bridge that encrypts its connections, on real sockets."""

import asyncio
import gc
import logging
import shutil
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from wyoming.client import AsyncTcpClient
from wyoming.event import async_read_event
from wyoming.info import Describe

from balancing import balancing
from certificates import self_signed
from new_objects import only_new_objects
from patience import PATIENCE_S
from wyoming_bridge.access import Balancers
from wyoming_bridge.app.bridge import BridgeApp
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.client import describe, tls_context, transcribe, verify
from wyoming_bridge.client.tls import tls_context_for
from wyoming_bridge.config import Access, Address, Config, LocalBackend, Profile
from wyoming_bridge.config.values import TlsFiles
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.errors import ConfigError, ConnectError, RequestError
from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.server.certificate import ServerCertificate
from wyoming_bridge.server.service import MAX_CLIENTS
from wyoming_bridge.transcriber import Result

HERE = "127.0.0.1"
SPEECH = (bytes(range(251)) * 2550)[: 32000 * 20]
WORDS = " ".join(scripted_words(SPEECH))
OFFLINE = Profile(name="offline", backend=LocalBackend(engine="scripted"), endpointing=RECORDING)

Start = Callable[..., Awaitable[int]]


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    certificate, key = self_signed(tmp_path)
    return TlsFiles(certificate=certificate, key=key)


@pytest.fixture
def start(start_bridge, files: TlsFiles) -> Start:
    async def start(**settings: object) -> int:
        listen = Address(host=HERE, port=0)
        config = Config(**{"listen": listen, "profiles": (OFFLINE,), "tls": files, **settings})
        _, port = await start_bridge(config)
        return int(port)

    return start


@pytest.fixture
def trust(files: TlsFiles) -> ssl.SSLContext:
    return tls_context(ca_file=files.certificate)


async def audio(pcm: bytes) -> AsyncIterator[bytes]:
    for begin in range(0, len(pcm), 6400):
        yield pcm[begin : begin + 6400]


async def text_of(port: int, **options: object) -> str:
    updates = transcribe(audio(SPEECH), source=PCM_16K_MONO, host=HERE, port=port, **options)
    results = [update async for update in updates if isinstance(update, Result)]
    return results[-1].text


async def test_our_own_client_transcribes_over_tls(start: Start, trust: ssl.SSLContext) -> None:
    assert await text_of(await start(), tls=trust) == WORDS


async def test_a_token_is_proved_over_tls_too(start: Start, trust: ssl.SSLContext) -> None:
    port = await start(access=Access(token="r1ght-t0k3n", trust_loopback=False))
    known = (await describe(host=HERE, port=port, token="r1ght-t0k3n", tls=trust)).id
    assert known
    await verify(host=HERE, port=port, token="r1ght-t0k3n", bridge_id=known, tls=trust)

    assert await text_of(port, tls=trust, token="r1ght-t0k3n") == WORDS


async def test_the_header_of_a_balancer_comes_before_tls(
    start: Start, trust: ssl.SSLContext
) -> None:
    port = await start(balancers=Balancers(), access=Access(allow=("192.0.2.7",)))
    header = b"PROXY TCP4 192.0.2.7 192.0.2.1 51234 10300\r\n"
    async with balancing((HERE, port), header) as (_, balanced):
        text = await text_of(balanced, tls=trust)
    info = await describe(host=HERE, port=port, tls=trust, is_behind_balancer=True)

    assert text == WORDS
    assert [each.name for each in info.profiles] == ["offline"]


async def test_handshakes_that_end_early_leave_nothing_in_memory(start: Start) -> None:
    port = await start()
    writers = []
    gc.disable()
    try:
        with only_new_objects():
            for _ in range(400):
                _, writer = await asyncio.open_connection(HERE, port)
                writers.append(writer)
            left = sum(isinstance(each, ssl.SSLObject) for each in gc.get_objects())
    finally:
        gc.enable()
        for writer in writers:
            writer.close()

    # Strangers may have all places. A few that lost theirs may still be in memory.
    assert left <= MAX_CLIENTS + 16


async def test_clients_that_do_not_confirm_their_end_leave_nothing_in_memory(
    start: Start, trust: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wyoming_bridge.server.acceptor._SHUTDOWN_S", 10 * PATIENCE_S)
    port = await start()
    writers = []
    try:
        with only_new_objects():
            for _ in range(MAX_CLIENTS + 50):
                _, writer = await asyncio.open_connection(HERE, port, ssl=trust)
                writer.transport.pause_reading()  # type: ignore[attr-defined]
                writers.append(writer)
            gc.collect()
            ends = [each for each in gc.get_objects() if isinstance(each, ssl.SSLObject)]
            left = sum(each.server_side for each in ends)
    finally:
        for writer in writers:
            writer.transport.abort()

    # Strangers may have all places. A few that lost theirs may still be in memory.
    assert left <= MAX_CLIENTS + 16


async def test_clients_that_leave_before_the_handshake_leave_nothing_in_memory(
    start: Start,
) -> None:
    port = await start()
    gc.disable()
    try:
        with only_new_objects():
            for _ in range(50):
                reader, writer = await asyncio.open_connection(HERE, port)
                writer.write_eof()
                async with asyncio.timeout(PATIENCE_S):
                    assert await reader.read() == b""
                writer.close()
            left = sum(isinstance(each, ssl.SSLObject) for each in gc.get_objects())
    finally:
        gc.enable()

    assert left <= 5  # of clients that have just left


def test_no_client_can_renegotiate(files: TlsFiles) -> None:
    context = ServerCertificate(files.certificate, files.key).context()

    assert context.options & ssl.OP_NO_RENEGOTIATION


async def test_an_error_reaches_the_client(start: Start, trust: ssl.SSLContext) -> None:
    port = await start()

    with pytest.raises(RequestError, match="no profile named 'attic'"):
        await text_of(port, tls=trust, name="attic")


async def test_a_client_without_tls_is_disconnected_with_one_line_in_the_log(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    port = await start()
    async with AsyncTcpClient(HERE, port, read_timeout=PATIENCE_S) as client:
        await client.write_event(Describe().event())
        try:
            event = await client.read_event()
        except ConnectionResetError:
            event = None

    assert event is None
    lines = [each.message for each in caplog.records if "refused" in each.message]
    assert len(lines) == 1
    assert lines[0].startswith("refused a connection from 127.0.0.1: the TLS handshake failed: ")


async def test_behind_a_balancer_the_log_names_the_client_without_tls(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    port = await start(balancers=Balancers(), access=Access(allow=("192.0.2.7",)))
    reader, writer = await asyncio.open_connection(HERE, port)
    writer.write(b"PROXY TCP4 192.0.2.7 192.0.2.1 51234 10300\r\n" + b'{"type": "describe"}\n')
    async with asyncio.timeout(PATIENCE_S):
        with suppress(ConnectionResetError):
            await reader.read()
    writer.close()

    assert "refused a connection from 192.0.2.7: the TLS handshake failed: " in caplog.text


async def test_a_silent_client_without_tls_is_logged(
    start: Start, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("wyoming_bridge.server.acceptor._HANDSHAKE_S", 0.05)
    reader, writer = await asyncio.open_connection(HERE, await start())
    async with asyncio.timeout(PATIENCE_S):
        with suppress(ConnectionResetError):
            await reader.read()
    writer.close()

    assert "from 127.0.0.1: the TLS handshake failed: it took too long" in caplog.text


async def test_a_certificate_of_another_server_is_not_trusted(start: Start) -> None:
    port = await start()

    with pytest.raises(ConnectError, match=r"127\.0\.0\.1:\d+ is not trusted: self-signed"):
        await describe(host=HERE, port=port, tls=tls_context())


async def test_a_certificate_for_another_name_is_not_trusted(
    start: Start, trust: ssl.SSLContext
) -> None:
    port = await start()

    with pytest.raises(
        ConnectError,
        match=r"localhost:\d+ is not trusted: it is for another host",
    ):
        await describe(host="localhost", port=port, tls=trust)


async def test_a_client_on_the_same_machine_can_trust_the_certificate_itself(
    start: Start, files: TlsFiles
) -> None:
    port = await start()
    own = tls_context_for(files.certificate)

    assert await describe(host="localhost", port=port, tls=own)


async def test_a_bridge_without_tls_is_an_error_for_a_client_that_wants_it(
    start: Start, trust: ssl.SSLContext
) -> None:
    port = await start(tls=None)

    with pytest.raises(ConnectError, match=r"the TLS handshake with 127\.0\.0\.1:\d+ failed"):
        await describe(host=HERE, port=port, tls=trust)


async def test_a_new_certificate_is_used_without_a_restart(
    start: Start, files: TlsFiles, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    port = await start()
    (tmp_path / "next").mkdir()
    certificate, key = self_signed(tmp_path / "next")
    trust = tls_context(ca_file=certificate)
    with pytest.raises(ConnectError, match="not trusted"):
        await describe(host=HERE, port=port, tls=trust)
    replace(certificate, files.certificate)
    with pytest.raises(ConnectError, match="not trusted"):  # the key is still the old one
        await describe(host=HERE, port=port, tls=trust)
    replace(key, files.key)

    assert await describe(host=HERE, port=port, tls=trust)
    lines = [each.message for each in caplog.records if each.name.endswith(".certificate")]
    assert ["stays in use" in line for line in lines] == [True, False]
    assert lines[1] == "the certificate was read again"


def replace(new: Path, old: Path) -> None:
    """Replace a file in one step, as tools that renew certificates do."""
    fresh = old.with_suffix(".fresh")
    shutil.copy(new, fresh)
    fresh.replace(old)


async def test_while_the_files_are_missing_the_previous_certificate_is_used(
    start: Start, files: TlsFiles, trust: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    port = await start()
    files.key.unlink()

    for _ in range(3):
        assert await describe(host=HERE, port=port, tls=trust)
    assert caplog.text.count("the previous certificate stays in use: tls: ") == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda files: files.certificate.unlink(),
        lambda files: files.certificate.write_text("half a certif"),
    ],
)
async def test_the_bridges_own_test_succeeds_although_a_renewal_has_failed(
    spoil: Callable[[TlsFiles], object], files: TlsFiles
) -> None:
    app = BridgeApp(Config(listen=Address(host=HERE, port=0), profiles=(OFFLINE,), tls=files))
    await app.start()
    try:
        spoil(files)
        await app.test()
    finally:
        await app.stop()


async def test_a_stopping_bridge_disconnects_silent_and_idle_clients(
    files: TlsFiles, trust: ssl.SSLContext
) -> None:
    app = BridgeApp(Config(listen=Address(host=HERE, port=0), profiles=(OFFLINE,), tls=files))
    (uri, _), *_ = await app.start()
    port = Address.parse(uri, key="uri").port
    before = asyncio.all_tasks()
    silent, silent_writer = await asyncio.open_connection(HERE, port)  # no handshake
    idle, idle_writer = await asyncio.open_connection(HERE, port, ssl=trust)
    idle_writer.write(b'{"type": "ping"}\n')
    pong = await async_read_event(idle)
    await app.drain()
    await app.stop()
    async with asyncio.timeout(PATIENCE_S):
        rest = [await silent.read(), await idle.read()]
    for writer in (silent_writer, idle_writer):
        writer.close()

    assert pong is not None
    assert rest == [b"", b""]
    assert asyncio.all_tasks() <= before


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda files: files.key.unlink(), "No such file or directory"),
        (lambda files: files.certificate.write_text("no certificate"), "in PEM"),
        (lambda files: files.certificate.replace(files.key), "No such file or directory"),
        (lambda files: (files.key.unlink(), files.key.mkdir()), "key.pem: Is a directory"),
    ],
)
async def test_files_that_cannot_be_used_are_an_error_at_the_start(
    spoil: Callable[[TlsFiles], object], problem: str, start: Start, files: TlsFiles
) -> None:
    spoil(files)

    with pytest.raises(ConfigError, match=f"tls: .*{problem}"):
        await start()


async def test_a_key_with_a_password_is_refused_and_asks_for_none(
    start: Start, files: TlsFiles
) -> None:
    openssl = shutil.which("openssl")
    assert openssl is not None
    encrypt = ["ec", "-aes128", "-passout", "pass:s3cret", "-in", files.key, "-out", files.key]
    process = await asyncio.create_subprocess_exec(openssl, *map(str, encrypt))
    await process.communicate()

    with pytest.raises(ConfigError, match="must not be encrypted with a password"):
        await start()

"""The token that a client sends must not appear in a log or in an error."""

import logging
from collections.abc import Callable
from traceback import format_exception

import pytest
from websockets.asyncio.server import ServerConnection

from patience import PATIENCE_S
from transports import TOKEN, RawServer, StartWebsocketServer
from wyoming_bridge.errors import ConnectError, ConnectionLostError, ProtocolViolationError
from wyoming_bridge.events import Failed, SessionEvent
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.registry import new_client
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.providers.scriptix import ScriptixSettings
from wyoming_bridge.providers.settings import Settings
from wyoming_bridge.session import RealtimeSession, WebsocketConnector

Failure = Callable[[RawServer], None]


def refuses_the_token(raw: RawServer) -> None:
    raw.answer_http("401 Unauthorized", "X-Error-Message: Invalid or expired credentials")


def redirects(raw: RawServer) -> None:
    raw.answer_http("302 Found", f"Location: {raw.url}/other")


def is_no_websocket(raw: RawServer) -> None:
    raw.answer = b"220 mail.example ESMTP\r\n"


def never_answers(raw: RawServer) -> None:
    raw.answer = None


def hangs_up(raw: RawServer) -> None:
    raw.answer = b""


def opens_and_goes(raw: RawServer) -> None:
    raw.answer = b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x88\x00"


EVERY_WAY_TO_SEND_A_TOKEN = {
    "elevenlabs-key": lambda url: ElevenLabsSettings(url=url, token=TOKEN),
    "elevenlabs-single": lambda url: ElevenLabsSettings(url=url, token=TOKEN, auth="single_use"),
    "reson8-key": lambda url: Reson8Settings(url=url, token=TOKEN),
    "reson8-access": lambda url: Reson8Settings(url=url, token=TOKEN, auth="access_token"),
    "reson8-subprotocol": lambda url: Reson8Settings(url=url, token=TOKEN, auth="subprotocol"),
    "scriptix-header": lambda url: ScriptixSettings(url=url, token=TOKEN),
    "scriptix-query": lambda url: ScriptixSettings(url=url, token=TOKEN, auth="query"),
}


every_way_to_send_a_token = pytest.mark.parametrize(
    "settings_for", EVERY_WAY_TO_SEND_A_TOKEN.values(), ids=EVERY_WAY_TO_SEND_A_TOKEN.keys()
)


async def failure_of(settings: Settings, *, open_timeout_s: float = PATIENCE_S) -> Failed:
    """Run a session that must fail, and return its failure."""
    events: list[SessionEvent] = []
    session = RealtimeSession(
        client=new_client(settings),
        connector=WebsocketConnector(open_timeout_s=open_timeout_s),
        provider="test",
        on_event=events.append,
    )
    session.send_audio(bytes(3200))
    await session.run()
    failed = events[-1]
    assert isinstance(failed, Failed)
    return failed


@every_way_to_send_a_token
@pytest.mark.parametrize(
    ("fails", "limit_s"),
    [
        pytest.param(fails, 1 if fails is never_answers else PATIENCE_S, id=fails.__name__)
        for fails in (
            refuses_the_token,
            redirects,
            is_no_websocket,
            never_answers,
            hangs_up,
            opens_and_goes,
        )
    ],
)
async def test_no_token_is_in_a_log_or_an_error_when_a_server(
    raw: RawServer,
    caplog: pytest.LogCaptureFixture,
    settings_for: Callable[[str], Settings],
    fails: Failure,
    limit_s: float,
) -> None:
    caplog.set_level(logging.DEBUG)
    fails(raw)
    settings = settings_for(raw.url)
    failed = await failure_of(settings, open_timeout_s=limit_s)
    assert TOKEN in raw.heads[0]
    assert "test is connecting" in caplog.text
    assert TOKEN not in caplog.text
    assert TOKEN not in "".join(format_exception(failed.error))
    assert TOKEN not in f"{failed!r} {settings!r} {new_client(settings).connect()!r}"


@every_way_to_send_a_token
async def test_no_token_is_in_a_log_or_an_error_when_the_port_is_closed(
    caplog: pytest.LogCaptureFixture,
    free_port: int,
    settings_for: Callable[[str], Settings],
) -> None:
    caplog.set_level(logging.DEBUG)
    failed = await failure_of(settings_for(f"ws://127.0.0.1:{free_port}"))
    assert isinstance(failed.error, ConnectError)
    assert TOKEN not in caplog.text + "".join(format_exception(failed.error))


@every_way_to_send_a_token
async def test_no_token_is_in_a_log_or_an_error_when_the_certificate_is_not_trusted(
    caplog: pytest.LogCaptureFixture, tls_url: str, settings_for: Callable[[str], Settings]
) -> None:
    caplog.set_level(logging.DEBUG)
    failed = await failure_of(settings_for(tls_url))
    assert isinstance(failed.error, ConnectError)
    assert TOKEN not in caplog.text + "".join(format_exception(failed.error))


@every_way_to_send_a_token
async def test_no_token_is_in_a_log_or_an_error_when_an_open_session_breaks(
    caplog: pytest.LogCaptureFixture,
    websocket_server: StartWebsocketServer,
    settings_for: Callable[[str], Settings],
) -> None:
    async def break_off(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.close(1011, "broken")

    async def greet_and_break_off(connection: ServerConnection) -> None:
        await connection.send('{"message_type":"session_started","session_id":"1"}')
        await break_off(connection)

    caplog.set_level(logging.DEBUG)
    failed = await failure_of(settings_for(await websocket_server(greet_and_break_off)))
    assert isinstance(failed.error, (ConnectionLostError, ProtocolViolationError))
    assert TOKEN not in caplog.text + "".join(format_exception(failed.error))

"""If a service fails, the client gets an error with a code, and the bridge continues."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest
from wyoming.asr import Transcribe

from patience import PATIENCE_S
from wyoming_bridge.config import Address, Config, Profile
from wyoming_bridge.errors import AuthenticationError, BridgeError, ConnectError
from wyoming_bridge.events import FinalText, PartialText, State
from wyoming_bridge.local.engine import EngineResult, Voice
from wyoming_bridge.local.engines.scripted import ScriptedEngine, scripted_words
from wyoming_bridge.local.faults import Fault, FaultKind, FaultPoint
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName, new_client
from wyoming_bridge.server.failures import error_data
from wyoming_bridge.transcriber import Limits

PROTOCOLS = tuple(ProviderName)
GIVES_UP_SOON = Limits(ready_s=3, connections=2)
"""Without these limits, each test would wait for 15 s or for five sessions."""
TWO_SESSIONS = Limits(
    ready_s=PATIENCE_S, final_s=PATIENCE_S, answer_s=PATIENCE_S, alive_s=PATIENCE_S, connections=2
)
"""The utterance fails with its second failed session. No time limit ends it first, even on a slow
machine."""
SPEECH = bytes([7, 1]) * 16000


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A fault of a service, and the code of the bridge's error."""

    protocol: ProviderName
    fault: Fault
    limits: Limits
    code: str


FAILURES = {
    "refuses": Failure(
        protocol=ProviderName.ELEVENLABS,
        fault=Fault(kind=FaultKind.REFUSE),
        limits=GIVES_UP_SOON,
        code="service_error",
    ),
    "closes at once": Failure(
        protocol=ProviderName.RESON8,
        fault=Fault(kind=FaultKind.CLOSE),
        limits=GIVES_UP_SOON,
        code="connection_lost",
    ),
    "closes in the middle": Failure(
        protocol=ProviderName.SCRIPTIX,
        fault=Fault(kind=FaultKind.CLOSE, after_audio_ms=400),
        limits=TWO_SESSIONS,
        code="connection_lost",
    ),
    "breaks in the middle": Failure(
        protocol=ProviderName.OPENAI,
        fault=Fault(kind=FaultKind.RESET, after_audio_ms=400),
        limits=TWO_SESSIONS,
        code="connection_lost",
    ),
    "sends invalid messages": Failure(
        protocol=ProviderName.RESON8,
        fault=Fault(kind=FaultKind.RUBBISH, at=FaultPoint.HANDSHAKE),
        limits=GIVES_UP_SOON,
        code="protocol_violation",
    ),
}
"""Each fault is tested here with one service. ``test_recognition_faults`` tests all services in
memory, and ``test_contract_failures`` tests the errors of all services on sockets."""


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
async def test_a_failing_service_is_an_error_with_a_code_and_the_next_utterance_works(
    failure: Failure, bridge, service: LocalServer, speak
) -> None:
    address = await bridge(fault=failure.fault, limits=failure.limits)

    failed = await speak(address, SPEECH, transcribe=Transcribe(name=failure.protocol))
    service.fault = None
    mended = await speak(address, SPEECH, transcribe=Transcribe(name=failure.protocol))

    assert failed.answer.type == "error"
    assert failed.answer.data["code"] == failure.code
    assert failure.protocol in failed.answer.data["text"]
    # A protocol with another sample rate changes the words, but not their number.
    assert len(mended.answer.data["text"].split()) == len(scripted_words(SPEECH))


NEVER_READY = Limits(ready_s=0.5, total_s=PATIENCE_S)
NEVER_FINAL = Limits(ready_s=PATIENCE_S, total_s=1)


@pytest.mark.parametrize(
    ("protocol", "limits", "code"),
    [
        ("elevenlabs", NEVER_READY, "connect_timeout"),
        ("reson8", NEVER_FINAL, "final_timeout"),  # Reson8 sends no message before the first result
        ("scriptix", NEVER_READY, "connect_timeout"),
    ],
)
async def test_a_service_that_never_answers_is_an_error_within_the_time_limit(
    protocol: str, limits: Limits, code: str, bridge, speak
) -> None:
    silent = Fault(kind=FaultKind.SILENT)
    address = await bridge(fault=silent, limits=limits)

    reply = await speak(address, SPEECH, transcribe=Transcribe(name=protocol))

    assert reply.answer.type == "error"
    assert reply.answer.data["code"] == code


async def test_a_service_that_stops_answering_is_an_error_and_not_half_a_command(
    bridge, speak
) -> None:
    """The last partial is not used, because it may lack words that the service has not sent."""
    silent = Fault(kind=FaultKind.SILENT, after_audio_ms=1050)
    address = await bridge(fault=silent, limits=Limits(total_s=0.2))

    reply = await speak(
        address,
        SPEECH + bytes(16000),
        transcribe=Transcribe(name="reson8"),
        realtime=True,  # so that the words are sent before the end
    )

    assert reply.answer.type == "error"
    assert reply.answer.data["code"] == "final_timeout"


async def test_the_error_says_that_a_missing_service_cannot_be_reached(
    bridge, speak, free_port: int
) -> None:
    address = await bridge(url=f"ws://127.0.0.1:{free_port}", limits=GIVES_UP_SOON)

    reply = await speak(address, SPEECH)

    assert reply.answer.data["code"] == "cannot_connect"
    assert f"127.0.0.1:{free_port}" in reply.answer.data["text"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_the_error_says_that_a_services_token_is_wrong_and_shows_no_token(
    protocol: str, start_bridge, speak, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    server = LocalServer(engine=ScriptedEngine(), tokens=frozenset({"right-token"}))
    await server.start()
    settings = PROVIDERS[ProviderName(protocol)].settings

    answers = []
    for token in ("wrong-token", "right-token"):
        backend = settings(url=f"{server.url}/{protocol}", token=token)
        profile = Profile(name="mine", backend=backend)
        listen = Address(host="127.0.0.1", port=0)
        address = await start_bridge(Config(listen=listen, profiles=(profile,)))
        answers.append((await speak(address, SPEECH)).answer)
    await server.stop()

    assert [answer.data.get("code") for answer in answers] == ["auth_failed", None]
    assert "token" in answers[0].data["text"]
    assert "-token" not in caplog.text
    assert "-token" not in str(answers[0].data)


async def test_a_client_that_vanishes_ends_the_session_at_once(
    bridge, engine, wyoming_client
) -> None:
    host, port = await bridge()

    async with wyoming_client(host, port) as client:
        await client.say(SPEECH, stop=False)
        await asyncio.wait_for(engine.opened.wait(), PATIENCE_S)

    await asyncio.wait_for(engine.closed.wait(), PATIENCE_S)


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_client_that_vanishes_while_the_final_is_awaited_ends_the_session_at_once(
    protocol: str, bridge, engine, wyoming_client
) -> None:
    silent = Fault(kind=FaultKind.SILENT, after_audio_ms=300)
    address = await bridge(fault=silent, limits=Limits(final_s=PATIENCE_S))

    async with wyoming_client(*address) as client:
        await client.say(SPEECH, name=protocol)
        await asyncio.wait_for(engine.flushed.wait(), PATIENCE_S)
        assert not engine.closed.is_set()
        client.reset()

    await asyncio.wait_for(engine.closed.wait(), PATIENCE_S)


def test_an_error_event_has_a_code_and_advice() -> None:
    data = error_data(AuthenticationError("no", provider="reson8"), profile="mine")

    assert data == {
        "text": "profile mine: reson8: no. Check the profile's token.",
        "code": "auth_failed",
    }


def test_an_internal_error_reveals_no_details() -> None:
    data = error_data(ValueError("secret"))

    assert data["code"] == "internal_error"
    assert "secret" not in str(data)


def test_no_two_errors_share_a_code() -> None:
    errors = [BridgeError]
    for each in errors:
        errors += each.__subclasses__()

    named = [error.code for error in errors if "code" in vars(error)]

    assert len(named) == len(set(named))


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_words_that_are_not_in_the_final_are_not_in_the_transcript(
    protocol: str, start_bridge, speak
) -> None:
    server = LocalServer(engine=DoubtfulEngine())
    await server.start()
    settings = PROVIDERS[ProviderName(protocol)].settings(url=f"{server.url}/{protocol}")
    listen = Address(host="127.0.0.1", port=0)
    profile = Profile(name="p", backend=settings)
    address = await start_bridge(Config(listen=listen, profiles=(profile,)))

    reply = await speak(address, SPEECH)
    await server.stop()

    assert reply.answer.type == "transcript"
    assert reply.answer.data["text"] == ""
    assert reply.answer.data["context"]["wyoming_bridge"]["complete"] is True


class DoubtfulEngine(ScriptedEngine):
    """An engine that reports words while the user speaks, and then a final without words."""

    async def open(self, *, bias_terms: Sequence[str] = ()) -> Voice:
        return DoubtfulVoice(await super().open(bias_terms=bias_terms))


class DoubtfulVoice:
    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self.feed, self.flush, self.close = voice.feed, voice.flush, voice.close

    async def results(self) -> AsyncIterator[EngineResult]:
        async for result in self._voice.results():
            yield result if isinstance(result, PartialText) else FinalText(text="")


def test_a_message_is_one_line_whatever_the_service_sends() -> None:
    error = BridgeError("bad\nforged \x1b[2J line" + "x" * 9999)

    assert str(error).startswith("bad forged [2J line")
    assert len(str(error)) < 600


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_token_that_the_service_repeats_is_masked(protocol: str) -> None:
    token = "s3cret-t0ken"
    client = new_client(PROVIDERS[ProviderName(protocol)].settings(token=token))
    client.connect()

    client.receive_failure(ConnectError(f"you sent {token}"))
    while client.state is not State.ERROR:  # a client may request the service's status first
        client.connect()
        client.receive_failure(ConnectError("no server answers"))

    *_, failed = client.events_received()
    assert str(failed.error).endswith("you sent ***")

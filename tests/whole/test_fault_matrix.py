"""Each kind of fault of a service, over real sockets, in the middle of an utterance.

The tests of the recognition cover faults at each moment of an utterance, in memory. In this module,
each kind of fault happens once between a client and a server with real sockets.
"""

import asyncio
import hashlib

import pytest

from emulators import UNCUT
from patience import PATIENCE_S
from utterances import RACE, an_utterance, silence
from wyoming_bridge.errors import BridgeError
from wyoming_bridge.local.engines.scripted import ScriptedEngine, Words, scripted_words
from wyoming_bridge.local.faults import Fault, FaultKind, FaultPoint
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName, new_client
from wyoming_bridge.session import WebsocketConnector
from wyoming_bridge.transcriber import Limits, Result

LIMITS = Limits(ready_s=PATIENCE_S, final_s=PATIENCE_S, answer_s=1)
"""A session whose service stays silent is replaced after 1 s, the next one after 2 s, and so on."""

ELEVENLABS, OPENAI = ProviderName.ELEVENLABS, ProviderName.OPENAI
RESON8, SCRIPTIX = ProviderName.RESON8, ProviderName.SCRIPTIX
VLLM = "vllm"
"""The local server also emulates vLLM, which speaks a dialect of the protocol of ``OPENAI``."""


def word(number: int, *, ms: int) -> bytes:
    """Return a word as the scripted engine sees it: loud audio without zeros."""
    noise = hashlib.shake_128(bytes([number])).digest(32 * ms)
    return bytes(each or 1 for each in noise)


SPOKEN = (
    silence(100)
    + word(1, ms=200)
    + silence(60)
    + word(2, ms=250)
    + silence(350)  # the bridge requests a final in this pause
    + word(3, ms=150)
    + silence(40)
    + word(4, ms=300)
)
SAID = " ".join(scripted_words(SPOKEN, words=Words.RUNS))
AUDIO = SPOKEN + silence(700)
TIMES_MS = [(100, 300), (360, 610), (960, 1110), (1150, 1450)]


def at(kind: FaultKind, point: FaultPoint = FaultPoint.AUDIO, **values: object) -> Fault:
    """Return a fault that occurs in ``times`` sessions, by default in one."""
    values = {"times": 1, **values}
    if point is FaultPoint.AUDIO:
        values["after_audio_ms"] = 500
    return Fault(kind=kind, at=point, **values)


def provider_of(service: str) -> ProviderName:
    return OPENAI if service == VLLM else ProviderName(service)


async def transcribed(service: str, fault: Fault) -> Result | BridgeError:
    """Send speech to a service with a fault, ten times as fast as it is spoken."""
    provider = provider_of(service)
    server = LocalServer(engine=ScriptedEngine(words=Words.RUNS), behaviour=UNCUT, fault=fault)
    await server.start()
    values = {"model": "any"} if service == VLLM else {}
    settings = PROVIDERS[provider].settings(url=f"{server.url}/{service}", **values)
    utterance = an_utterance(
        WebsocketConnector(),
        client=lambda: new_client(settings),
        endpointing=RACE,
        limits=LIMITS,
        can_flush=PROVIDERS[provider].capabilities.flush,
    )
    try:
        async with asyncio.timeout(PATIENCE_S), utterance:
            for start in range(0, len(AUDIO), 320):
                utterance.feed(AUDIO[start : start + 320])
                await asyncio.sleep(0.001)
            utterance.finish()
            return await utterance.result()
    except BridgeError as error:
        return error
    finally:
        await server.stop()


@pytest.mark.parametrize(
    ("service", "fault"),
    [
        (ELEVENLABS, at(FaultKind.REFUSE, FaultPoint.HANDSHAKE)),
        (RESON8, at(FaultKind.CLOSE, FaultPoint.HANDSHAKE)),
        (ELEVENLABS, at(FaultKind.CLOSE)),
        (SCRIPTIX, at(FaultKind.HANG_UP, FaultPoint.FLUSH)),
        (RESON8, at(FaultKind.RESET)),
        (ELEVENLABS, at(FaultKind.HALF_OPEN)),
        (SCRIPTIX, at(FaultKind.SILENT, FaultPoint.FLUSH)),
        (RESON8, at(FaultKind.ERROR, FaultPoint.FLUSH, nth_flush=2)),
        (RESON8, at(FaultKind.RUBBISH, FaultPoint.OPEN)),
        (SCRIPTIX, at(FaultKind.SLOW, FaultPoint.OPEN, delay_s=0.1)),
        (OPENAI, at(FaultKind.HANG_UP, FaultPoint.FLUSH)),
        (OPENAI, at(FaultKind.ERROR, FaultPoint.FLUSH, nth_flush=2)),
        (OPENAI, at(FaultKind.RESET)),
        (OPENAI, at(FaultKind.RUBBISH, FaultPoint.OPEN)),
        (VLLM, at(FaultKind.REFUSE, FaultPoint.HANDSHAKE)),
        (VLLM, at(FaultKind.CLOSE)),
        (VLLM, at(FaultKind.HANG_UP, FaultPoint.FLUSH)),
        (VLLM, at(FaultKind.RESET)),
        (VLLM, at(FaultKind.HALF_OPEN)),
        (VLLM, at(FaultKind.SILENT, FaultPoint.FLUSH)),
        (VLLM, at(FaultKind.ERROR, FaultPoint.FLUSH, nth_flush=2)),
        (VLLM, at(FaultKind.RUBBISH, FaultPoint.OPEN)),
        (VLLM, at(FaultKind.SLOW, FaultPoint.OPEN, delay_s=0.1)),
    ],
    ids=lambda value: f"{value.kind}-{value.at}" if isinstance(value, Fault) else value,
)
async def test_a_fault_of_one_session_does_not_change_the_result(
    service: str, fault: Fault
) -> None:
    result = await transcribed(service, fault)

    assert isinstance(result, Result), result
    assert result.text == SAID
    spoken = [word for word in result.words if word.kind == "word"]
    expected = TIMES_MS if PROVIDERS[provider_of(service)].capabilities.word_times else []
    assert [(word.start_ms, word.end_ms) for word in spoken] == expected


@pytest.mark.parametrize("kind", [FaultKind.ERROR, FaultKind.RESET])
async def test_a_fault_of_every_session_is_an_error_and_not_a_wrong_transcript(
    kind: FaultKind,
) -> None:
    fault = at(kind, times=None)

    assert isinstance(await transcribed(RESON8, fault), BridgeError)

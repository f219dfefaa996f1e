"""Every fault of the local server, at every point of an utterance, with every protocol.

A fault that one session has is not noticed: the transcript is the undisturbed one, nothing is
doubled, and words keep their times. A fault that every session has gives the same transcript, or
an error; never another transcript.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace

import pytest

from emulators import UNCUT
from sessions import NOBODY_WAITS_LONGER_S
from utterances import RACE, an_utterance, silence
from wyoming_bridge.errors import BridgeError
from wyoming_bridge.local.engines import ScriptedEngine, Words, scripted_words
from wyoming_bridge.local.faults import Fault, FaultKind, FaultPoint
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName, new_client
from wyoming_bridge.session import WebsocketConnector
from wyoming_bridge.transcriber import Limits, Result

LIMITS = Limits(ready_s=5, final_s=5, answer_s=0.4)
"""A service that says nothing is replaced after 0.4, 0.8 and 1.6 s."""

_AT_ONCE = 26


def word(number: int, *, ms: int) -> bytes:
    """Sound without a zero in it."""
    noise = hashlib.shake_128(bytes([number])).digest(32 * ms)
    return bytes(each or 1 for each in noise)


SPOKEN = (
    silence(100)
    + word(1, ms=200)
    + silence(60)
    + word(2, ms=250)
    + silence(350)  # the final is asked for here, and somebody goes on
    + word(3, ms=150)
    + silence(40)
    + word(4, ms=300)
)
SAID = " ".join(scripted_words(SPOKEN, words=Words.RUNS))
AUDIO = SPOKEN + silence(700)
MOMENTS_MS = range(0, len(AUDIO) // 32, 100)

providers = pytest.mark.parametrize("provider", list(ProviderName))


def faults_at(kind: FaultKind, *, times: int | None) -> list[Fault]:
    """The fault at every point where it can be."""
    fault = Fault(
        kind=kind,
        at=FaultPoint.HANDSHAKE,
        delay_s=0.1 if kind is FaultKind.SLOW else None,
        times=times,
    )
    if kind is FaultKind.REFUSE:
        return [fault]
    return [
        fault,
        replace(fault, at=FaultPoint.OPEN),
        *(replace(fault, at=FaultPoint.AUDIO, after_audio_ms=ms) for ms in MOMENTS_MS),
        replace(fault, at=FaultPoint.FLUSH),
        replace(fault, at=FaultPoint.FLUSH, nth_flush=2),
    ]


async def transcribed(provider: ProviderName, fault: Fault | None) -> Result | BridgeError:
    """Speak at ten times the pace of speech to a service that has a fault."""
    server = LocalServer(engine=ScriptedEngine(words=Words.RUNS), behaviour=UNCUT, fault=fault)
    await server.start()
    settings = PROVIDERS[provider].settings(url=f"{server.url}/{provider}")
    utterance = an_utterance(
        WebsocketConnector(),
        client=lambda: new_client(settings),
        endpointing=RACE,
        limits=LIMITS,
        can_flush=PROVIDERS[provider].capabilities.flush,
    )
    try:
        async with asyncio.timeout(NOBODY_WAITS_LONGER_S), utterance:
            for start in range(0, len(AUDIO), 320):
                utterance.feed(AUDIO[start : start + 320])
                await asyncio.sleep(0.001)
            utterance.finish()
            return await utterance.result()
    except BridgeError as error:
        return error
    finally:
        await server.stop()


async def all_transcribed(
    provider: ProviderName, faults: Sequence[Fault]
) -> dict[str, Result | BridgeError]:
    # Hundreds of sessions: with the loop's debugging they would be late, and that is a fault too.
    asyncio.get_running_loop().set_debug(False)
    few = asyncio.Semaphore(_AT_ONCE)

    async def one(fault: Fault) -> Result | BridgeError:
        async with few:
            return await transcribed(provider, fault)

    outcomes = await asyncio.gather(*(one(fault) for fault in faults))
    names = [f"{fault.at} {fault.after_audio_ms or fault.nth_flush}" for fault in faults]
    return dict(zip(names, outcomes, strict=True))


def words_of(result: Result | BridgeError) -> object:
    """What was said and when, for comparison."""
    if isinstance(result, BridgeError):
        return result
    return [(each.text, each.start_ms, each.end_ms) for each in result.words if each.kind == "word"]


@providers
async def test_undisturbed_the_words_are_those_that_were_spoken(provider: ProviderName) -> None:
    result = await transcribed(provider, None)

    assert isinstance(result, Result)
    assert (result.text, result.complete, result.connections) == (SAID, True, 1)
    spoken = [(start, end) for _, start, end in words_of(result)]
    assert spoken == [(100, 300), (360, 610), (960, 1110), (1150, 1450)]


@providers
@pytest.mark.parametrize("kind", list(FaultKind))
async def test_a_fault_of_one_session_is_not_noticed(
    kind: FaultKind, provider: ProviderName
) -> None:
    undisturbed = words_of(await transcribed(provider, None))
    outcomes = await all_transcribed(provider, faults_at(kind, times=1))

    assert {
        point: getattr(outcome, "text", outcome) for point, outcome in outcomes.items()
    } == dict.fromkeys(outcomes, SAID)
    assert {point: words_of(outcome) for point, outcome in outcomes.items()} == dict.fromkeys(
        outcomes, undisturbed
    )


@providers
@pytest.mark.parametrize("kind", list(FaultKind))
async def test_a_fault_of_every_session_gives_the_same_transcript_or_an_error(
    kind: FaultKind, provider: ProviderName
) -> None:
    outcomes = await all_transcribed(provider, faults_at(kind, times=None))

    wrong = {
        point: outcome.text
        for point, outcome in outcomes.items()
        if isinstance(outcome, Result) and outcome.text != SAID
    }
    assert wrong == {}

"""Utterances whose service is the test double, and helpers that wait for their events."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from detectors import LoudDetector
from patience import PATIENCE_S
from sessions import noise
from wyoming_bridge.audio import PCM_16K_MONO, AudioFormat
from wyoming_bridge.endpointing import RECORDING, Endpointing
from wyoming_bridge.events import SessionEvent
from wyoming_bridge.providers.contract import ClientProtocol
from wyoming_bridge.session import Connector, OnMessage, RealtimeSession, WatchedConnector
from wyoming_bridge.testing import FakeConnector, FakeTransport, ScriptedClient, scripted_words
from wyoming_bridge.transcriber import (
    Candidate,
    Limits,
    Observer,
    Purpose,
    TextStyle,
    Utterance,
)

PATIENT = Limits(
    ready_s=PATIENCE_S,
    final_s=PATIENCE_S,
    answer_s=PATIENCE_S,
)

SECOND = 32000
"""Bytes of one second of audio in the service's format."""

THREE = noise(words=3)
THREE_WORDS = " ".join(scripted_words(THREE))


def a_candidate(
    connector: Connector,
    *,
    limits: Limits = PATIENT,
    client: Callable[[], ClientProtocol] = ScriptedClient,
    **values: object,
) -> Candidate:
    def new_session(
        on_event: Callable[[SessionEvent], None],
        *,
        on_sent: Callable[[], None] = lambda: None,
        begins_at_ms: int = 0,
        on_message: OnMessage | None = None,
    ) -> RealtimeSession:
        return RealtimeSession(
            client=client(),
            connector=WatchedConnector(connector, on_message) if on_message else connector,
            provider="scripted",
            on_event=on_event,
            on_sent=on_sent,
            begins_at_ms=begins_at_ms,
        )

    given = {"profile": "kitchen", "provider": "scripted", **values}
    return Candidate(new_session=new_session, limits=limits, **given)


def an_utterance(
    connector: Connector,
    *,
    limits: Limits = PATIENT,
    source: AudioFormat = PCM_16K_MONO,
    client: Callable[[], ClientProtocol] = ScriptedClient,
    endpointing: Endpointing = RECORDING,
    fallback: Sequence[Candidate] = (),
    text_style: TextStyle = TextStyle.AS_IS,
    purpose: Purpose = Purpose.SPEECH,
    observer: Observer | None = None,
    **values: object,
) -> Utterance:
    """Return an utterance; by default only its client ends it. All loud audio counts as speech."""
    first = a_candidate(connector, limits=limits, client=client, **values)
    return Utterance(
        candidates=[first, *fallback],
        source=source,
        endpointing=endpointing,
        text_style=text_style,
        purpose=purpose,
        new_detector=LoudDetector,
        observers=[observer] if observer else [],
    )


RACE = Endpointing(min_speech_ms=50)
"""The bridge or the service ends the utterance, whichever is first."""


def say(utterance: Utterance, *parts: bytes, chunk_ms: int = 10) -> None:
    """Feed audio in chunks as Home Assistant does, but without a wait between the chunks."""
    pcm = b"".join(parts)
    for start in range(0, len(pcm), 32 * chunk_ms):
        utterance.feed(pcm[start : start + 32 * chunk_ms])


def silence(ms: int) -> bytes:
    return bytes(32 * ms)


@asynccontextmanager
async def bounded() -> AsyncIterator[None]:
    async with asyncio.timeout(PATIENCE_S):
        yield


async def first_words_received(utterance: Utterance) -> None:
    """Wait for the first revision."""
    async with bounded():
        await anext(utterance.revisions())


async def until(condition: Callable[[], bool]) -> None:
    """Poll until a condition is true. This is for conditions that have no event."""
    async with bounded():
        while not condition():  # noqa: ASYNC110 - the doubles have no event for everything
            await asyncio.sleep(0.001)


async def the_transport(connector: FakeConnector) -> FakeTransport:
    """Wait for the first session, and return its transport."""
    async with bounded():
        await connector.asked.wait()
    return connector.transports[0]

"""Events of a session that begins later than its utterance have the utterance's times."""

import asyncio

from emulators import service
from patience import PATIENCE_S
from wyoming_bridge.events import (
    FinalEnriched,
    FinalText,
    Finished,
    PartialText,
    SessionEvent,
    Word,
)
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.elevenlabs.client import ElevenLabsClient
from wyoming_bridge.session import RealtimeSession
from wyoming_bridge.session.time_shift import shift_times
from wyoming_bridge.testing import FakeConnector

WORD = Word(text="hi", start_ms=100, end_ms=300)
AUDIO = bytes(range(1, 201)) * 64
"""400 ms of audio, which are two words."""


def test_every_time_is_shifted_and_unknown_times_stay_unknown() -> None:
    later = Word(text="hi", start_ms=1100, end_ms=1300)

    assert shift_times(PartialText(text="hi", start_ms=5), by_ms=1000) == PartialText(
        text="hi", start_ms=1005
    )
    assert shift_times(PartialText(text="hi"), by_ms=1000) == PartialText(text="hi")
    assert shift_times(
        FinalText(text="hi", words=(WORD,), start_ms=100, end_ms=300), by_ms=1000
    ) == FinalText(text="hi", words=(later,), start_ms=1100, end_ms=1300)
    assert shift_times(FinalEnriched(segment=0, words=(WORD,)), by_ms=1000) == FinalEnriched(
        segment=0, words=(later,)
    )
    assert shift_times(Finished(), by_ms=1000) == Finished()


async def events_of(begins_at_ms: int) -> list[SessionEvent]:
    events: list[SessionEvent] = []
    session = RealtimeSession(
        client=ElevenLabsClient(ElevenLabsSettings()),
        connector=FakeConnector(service("elevenlabs")),
        provider="elevenlabs",
        on_event=events.append,
        begins_at_ms=begins_at_ms,
    )
    session.send_audio(AUDIO)
    session.finish()
    async with asyncio.timeout(PATIENCE_S):
        await session.run()
    return events


async def test_the_times_of_a_second_session_continue_those_of_the_first() -> None:
    first, second = await events_of(0), await events_of(7_000)

    times = [
        [
            (word.start_ms, word.end_ms)
            for event in events
            if isinstance(event, FinalEnriched)
            for word in event.words
        ]
        for events in (first, second)
    ]
    assert times[0]
    assert times[1] == [(start + 7_000, end + 7_000) for start, end in times[0]]

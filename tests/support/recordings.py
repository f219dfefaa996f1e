"""Recordings for tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.recorder import EventKind, Recording, Store, TracedFrame, TraceEvent

NOW = (datetime.now(UTC) - timedelta(seconds=1)).replace(microsecond=123_000)
"""When recordings begin. A store deletes recordings that are some days old, so this cannot be a
fixed date."""
AUDIO = bytes(range(256)) * 125  # 1 s


def a_recording(recording_id: str = "1f2e", *, age: timedelta = timedelta()) -> Recording:
    endpoint = {"ended_by": "silence", "silence_ms": 260, "limit_ms": 250, "rule": "complete"}
    result = {"text": "turn on the light", "ended_by": "silence", "completeness": "complete"}
    return Recording(
        id=recording_id,
        began_at=NOW - age,
        profile="kitchen",
        provider="reson8",
        client="192.0.2.7",
        via="wyoming",
        requested="kitchen-1",
        request={"language": "en", "terms": ["Küche"]},
        audio_ms=1000,
        frames=[TracedFrame(speech=98, is_sound=True, noise_floor_dbfs=-61)] * 100,
        events=[
            TraceEvent(
                at_ms=1.5, audio_ms=10, kind=EventKind.SESSION_OPENED, values={"attempt": 1}
            ),
            TraceEvent(at_ms=880, audio_ms=880, kind=EventKind.ENDPOINT, values=endpoint),
            TraceEvent(at_ms=900, audio_ms=900, kind=EventKind.RESULT, values=result),
        ],
    )


def with_message(recording: Recording, text: str) -> Recording:
    """Return a recording with one more message of the service."""
    message = TraceEvent(at_ms=2, audio_ms=10, kind=EventKind.MESSAGE, values={"text": text})
    return replace(recording, events=[recording.events[0], message, *recording.events[1:]])


def a_store(folder: Path, **values: object) -> Store:
    limits = {"keep": 50, "max_bytes": 1_000_000, "max_age": timedelta(days=36500), **values}
    return Store(folder, **limits)


def add(store: Store, *recordings: Recording) -> None:
    for each in recordings:
        store.add(each, AUDIO, source=PCM_16K_MONO)

"""What a trace keeps of an utterance. The sessions are in memory, with real clients."""

import asyncio
import re
from dataclasses import asdict, replace

import pytest

from emulators import service
from sessions import noise
from utterances import RACE, SECOND, THREE, THREE_WORDS, an_utterance, bounded, say, silence
from wyoming_bridge.audio import PCM_16K_MONO, AudioFormat, Encoding
from wyoming_bridge.errors import ConnectError
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.elevenlabs.client import ElevenLabsClient
from wyoming_bridge.recorder import EventKind, Trace, TraceEvent
from wyoming_bridge.recorder import trace as trace_module
from wyoming_bridge.recorder.trace import MAX_AUDIO_BYTES
from wyoming_bridge.testing import FakeConnector
from wyoming_bridge.transcriber import Limits


def a_trace(**values: object) -> Trace:
    clock = asyncio.get_running_loop().time
    return Trace(source=PCM_16K_MONO, clock=clock, **values)


def kinds(trace: Trace) -> list[EventKind]:
    return [event.kind for event in trace.events]


async def test_a_trace_has_the_audio_the_texts_and_the_result(connector: FakeConnector) -> None:
    trace = a_trace()
    async with an_utterance(connector, observer=trace) as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        await utterance.result()

    assert bytes(trace.audio) == THREE
    assert trace.is_over
    assert kinds(trace)[:2] == [EventKind.ENDPOINTING, EventKind.SESSION_OPENED]
    assert kinds(trace)[-1] is EventKind.RESULT
    assert trace.events[-1].values["text"] == THREE_WORDS
    assert {EventKind.MESSAGE, EventKind.FINAL, EventKind.AUDIO_FINISHED} <= set(kinds(trace))
    assert [event.at_ms for event in trace.events] == sorted(e.at_ms for e in trace.events)


async def test_audio_after_the_end_of_the_speech_is_not_kept(connector: FakeConnector) -> None:
    trace = a_trace()
    async with an_utterance(connector, observer=trace, endpointing=RACE) as utterance, bounded():
        say(utterance, noise(1, words=1), silence(2000))
        kept = len(trace.audio)
        utterance.feed(SECOND)
        await utterance.result()

    assert kept < len(noise(1, words=1)) + 32 * 2000
    assert len(trace.audio) == kept
    assert len(trace.frames) == kept // 320


async def test_the_frames_show_which_audio_is_speech(connector: FakeConnector) -> None:
    trace = a_trace()
    async with an_utterance(connector, observer=trace, endpointing=RACE) as utterance, bounded():
        say(utterance, silence(100), noise(1, words=1), silence(1000))
        await utterance.result()

    assert trace.frames[0].speech == 0
    assert max(frame.speech for frame in trace.frames) == 100
    # The test double of the detector has no noise floor.
    assert {frame.noise_floor_dbfs for frame in trace.frames} == {-100}


async def test_messages_are_kept_without_their_audio() -> None:
    trace = a_trace()
    settings = ElevenLabsSettings(token="s3cr3t-t0k3n")
    async with (
        an_utterance(
            FakeConnector(service("elevenlabs")),
            client=lambda: ElevenLabsClient(settings),
            observer=trace,
        ) as utterance,
        bounded(),
    ):
        utterance.feed(THREE)
        utterance.finish()
        await utterance.result()

    messages = [each.values for each in trace.events if each.kind is EventKind.MESSAGE]
    audio_bytes = sum(int(str(each.get("audio_bytes", 0))) for each in messages)
    assert audio_bytes >= len(THREE)
    assert not any(re.search("[A-Za-z0-9+/]{200}", str(each.get("text"))) for each in messages)
    assert any("committed_transcript" in str(each.get("text")) for each in messages)
    assert "s3cr3t" not in str(trace.events)


async def test_an_error_ends_the_trace_with_its_code(connector: FakeConnector) -> None:
    connector.refuse(ConnectError("is away", provider="scripted"))
    trace = a_trace()
    async with an_utterance(connector, observer=trace, limits=Limits()) as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        with pytest.raises(ConnectError):
            await utterance.result()

    assert trace.events[-1].kind is EventKind.ERROR
    assert trace.events[-1].values["code"] == "cannot_connect"


async def test_a_trace_has_the_settings_and_the_reason_of_the_end(
    connector: FakeConnector,
) -> None:
    trace = a_trace()
    endpointing = replace(RACE, silence_ms=500)
    async with (
        an_utterance(connector, observer=trace, endpointing=endpointing) as utterance,
        bounded(),
    ):
        say(utterance, silence(100), noise(1, words=1), silence(1000))
        result = await utterance.result()

    (settings,) = [each for each in trace.events if each.kind is EventKind.ENDPOINTING]
    (endpoint,) = [each for each in trace.events if each.kind is EventKind.ENDPOINT]
    assert settings.values == asdict(endpointing)
    assert endpoint.values["speech_ms"] == result.timing.speech_ms
    assert (endpoint.values["ended_by"], endpoint.values["limit_ms"]) == ("silence", 500)
    assert endpoint.audio_ms == result.timing.audio_ms
    assert result.details()["endpoint"] == {"silence_ms": 500, "limit_ms": 500, "rule": "ordinary"}


async def test_an_utterance_that_fails_has_the_moment_and_the_reason_of_its_end(
    connector: FakeConnector,
) -> None:
    connector.refuse(ConnectError("is away", provider="scripted"))
    trace = a_trace()
    async with (
        an_utterance(connector, observer=trace, endpointing=RACE, limits=Limits()) as utterance,
        bounded(),
    ):
        say(utterance, noise(1, words=1), silence(1000))
        with pytest.raises(ConnectError):
            await utterance.result()

    (endpoint,) = [each for each in trace.events if each.kind is EventKind.ENDPOINT]
    assert endpoint.values["rule"] == "ordinary"
    assert trace.events[-1].kind is EventKind.ERROR


async def test_an_utterance_that_is_left_ends_the_trace(connector: FakeConnector) -> None:
    ended: list[bool] = []
    trace = a_trace(on_end=lambda: ended.append(True))
    async with an_utterance(connector, observer=trace) as utterance, bounded():
        utterance.feed(THREE)

    assert ended == [True]
    assert trace.events[-1].kind is EventKind.ERROR


async def test_each_event_is_shown_when_it_happens(connector: FakeConnector) -> None:
    seen: list[TraceEvent] = []
    trace = a_trace(on_event=seen.append)
    async with an_utterance(connector, observer=trace) as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        await utterance.result()

    assert seen == trace.events


async def test_a_trace_is_bounded_and_says_what_it_leaves_out(
    monkeypatch: pytest.MonkeyPatch, connector: FakeConnector
) -> None:
    monkeypatch.setattr(trace_module, "MAX_EVENT_BYTES", 2000)
    monkeypatch.setattr(trace_module, "MAX_AUDIO_MS", 200)
    trace = a_trace()
    async with an_utterance(connector, observer=trace) as utterance, bounded():
        say(utterance, THREE)
        utterance.finish()
        await utterance.result()

    assert bytes(trace.audio) == THREE[: 32 * 200]
    assert trace.audio_ms == PCM_16K_MONO.duration_ms(len(THREE))
    assert kinds(trace).count(EventKind.LEFT_OUT) == 1
    assert kinds(trace).count(EventKind.ENDPOINT) == 1
    assert kinds(trace)[-1] is EventKind.RESULT


async def test_an_utterance_is_the_same_with_and_without_an_observer(
    connector: FakeConnector,
) -> None:
    results = []
    for observer in (None, a_trace()):
        async with an_utterance(connector, observer=observer, endpointing=RACE) as utterance:
            say(utterance, silence(100), THREE, silence(1000))
            async with bounded():
                results.append(await utterance.result())

    assert results[0] == replace(results[1], timing=results[0].timing)


def test_the_audio_of_a_trace_is_bounded_in_bytes_too() -> None:
    source = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=192_000, channels=8)
    trace = Trace(source=source, clock=lambda: 0.0)
    for _ in range(10):
        trace.audio_received(bytes(source.bytes_per_second))

    assert 0 < len(trace.audio) <= MAX_AUDIO_BYTES
    assert len(trace.audio) % source.bytes_per_frame == 0
    assert trace.audio_ms == 10_000

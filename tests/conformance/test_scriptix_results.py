"""The statements of Scriptix' documentation of realtime transcription about results."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from scriptix_pages import SPEECH, WORDS, microphone, start
from serving import serving
from wyoming_bridge.events import FinalText
from wyoming_bridge.local.engine import EngineResult
from wyoming_bridge.local.engines.scripted import ScriptedEngine, ScriptedVoice
from wyoming_bridge.local.faults import Fault, FaultKind
from wyoming_bridge.local.service import LocalServer

OVERVIEW = "Scriptix, Real-time Streaming API"
CONNECTION = "Scriptix, WebSocket Connection"
START = "Scriptix, Start a connection"


@pytest.mark.promise(CONNECTION, "Send raw audio data as binary directly through the WebSocket.")
@pytest.mark.promise(OVERVIEW, "Partial results may change as more audio is processed")
@pytest.mark.promise(
    OVERVIEW, "The WebSocket uses JSON messages for control and transcription results"
)
@pytest.mark.promise(START, "The first results sent after receiving audio data are partials.")
@pytest.mark.promise(START, "The text grows incrementally with each update")
@pytest.mark.promise(START, "is_final: Always false for partial results")
@pytest.mark.promise(START, "stability: Confidence score between 0 and 1")
async def test_partial_texts_grow_and_have_a_stability(dial, scriptix: LocalServer) -> None:
    async with dial(microphone(scriptix)) as wire:
        await start(wire)
        await wire.audio(SPEECH)
        partials = [await wire.next() for _ in WORDS]

    texts = [" ".join(WORDS[: number + 1]) for number in range(len(WORDS))]
    assert [each["text"] for each in partials] == texts
    assert all(each["is_final"] is False for each in partials)
    assert all(0 <= each["stability"] <= 1 for each in partials)
    assert all(isinstance(each["offset_ms"], int) for each in partials)


@pytest.mark.promise(START, "No results are sent during silence.")
async def test_silence_gives_no_results(dial, scriptix: LocalServer) -> None:
    async with dial(microphone(scriptix)) as wire:
        await start(wire)
        await wire.audio(bytes(64_000))
        await wire.send(action="stop")
        assert await wire.rest() == [{"state": "stopped"}]

    assert wire.closed_with == 1000


@pytest.mark.promise(OVERVIEW, "Final results are confirmed and won't change")
@pytest.mark.promise(OVERVIEW, "Words in final results include timing information and confidence")
@pytest.mark.promise(CONNECTION, "Words array format: [word, start_ms, end_ms, confidence]")
@pytest.mark.promise(START, "is_final: Always true for final results")
@pytest.mark.promise(CONNECTION, "1000 Normal closure")
async def test_a_final_text_has_words_with_times_and_confidence(
    dial, scriptix: LocalServer
) -> None:
    async with dial(microphone(scriptix)) as wire:
        await start(wire)
        await wire.audio(SPEECH)
        await wire.send(action="stop")
        *_, final, stopped = await wire.rest()

    assert (final["text"], final["is_final"]) == (" ".join(WORDS), True)
    assert final["words"][:2] == [[f" {WORDS[0]}", 0, 200, 1.0], [f" {WORDS[1]}", 200, 400, 1.0]]
    assert stopped == {"state": "stopped"}
    assert wire.closed_with == 1000


class SpeakerEngine(ScriptedEngine):
    """An engine whose finals have a speaker."""

    async def open(self, *, bias_terms: Sequence[str] = ()) -> "SpeakerVoice":
        return SpeakerVoice(await super().open(bias_terms=bias_terms))


class SpeakerVoice:
    def __init__(self, voice: ScriptedVoice) -> None:
        self._voice = voice
        self.feed, self.flush, self.close = voice.feed, voice.flush, voice.close

    async def results(self) -> AsyncIterator[EngineResult]:
        async for result in self._voice.results():
            known = isinstance(result, FinalText)
            yield replace(result, speaker="Speaker 1") if known else result


@pytest.mark.promise(OVERVIEW, "Speaker information is optional and only included when available")
@pytest.mark.parametrize(
    ("engine", "speaker"), [(ScriptedEngine, None), (SpeakerEngine, "Speaker 1")]
)
async def test_a_speaker_is_named_when_the_engine_knows_one(
    dial, engine: type[ScriptedEngine], speaker: str | None
) -> None:
    async with (
        serving(LocalServer(engine=engine())) as server,
        dial(f"{server.url}/v2/realtime") as wire,
    ):
        await start(wire)
        await wire.audio(SPEECH)
        await wire.send(action="stop")
        final = await wire.until(is_final=True)

    assert final.get("speaker") == speaker
    assert ("speaker" in final) is (speaker is not None)


@pytest.mark.promise(START, "Finals are emitted after approximately 15 words")
@pytest.mark.promise(START, "offset_ms: Position in audio stream; new segment starts")
async def test_a_final_text_is_sent_after_about_15_words_and_a_segment_starts(
    dial, scriptix: LocalServer
) -> None:
    async with dial(microphone(scriptix)) as wire:
        await start(wire)
        messages = []
        for _ in range(5 * len(WORDS)):
            await wire.audio(SPEECH[:6400])  # one word
            messages.append(await wire.next())
    finals = [each for each in messages if each["is_final"]]
    final = finals[0]
    following = messages[messages.index(final) + 1]

    assert 15 <= len(final["text"].split()) <= 17
    assert final["offset_ms"] == 0
    assert following["offset_ms"] > 2500
    assert len(following["text"].split()) < 5


@pytest.mark.promise(START, "or after 30 seconds of accumulated audio")
async def test_a_final_text_is_sent_after_30_seconds(dial, scriptix: LocalServer) -> None:
    async with dial(microphone(scriptix)) as wire:
        await start(wire)
        await wire.audio(SPEECH[:6400] + bytes(32 * 30_000))
        final = await wire.until(is_final=True)

    assert final["text"] == WORDS[0]


@pytest.mark.promise(CONNECTION, 'Error Messages: {"error": "error description"}')
async def test_the_failure_of_the_engine_is_an_error_message(dial, scriptix: LocalServer) -> None:
    scriptix.fault = Fault(kind=FaultKind.ERROR)

    async with dial(microphone(scriptix)) as wire:
        assert await wire.rest() == [{"error": "told to fail"}]

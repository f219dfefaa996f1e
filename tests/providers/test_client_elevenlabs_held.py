"""The ElevenLabs client: redacted or edited final texts, and speakers in a later message."""

import json
from itertools import permutations

import pytest

from elevenlabs_clients import SECOND, happened, ready
from wyoming_bridge.events import (
    FinalEnriched,
    FinalText,
    Finished,
    FlushDone,
    State,
    Warned,
)
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.elevenlabs import transcripts as wire
from wyoming_bridge.providers.elevenlabs.client import ElevenLabsClient
from wyoming_bridge.transcriber.transcript import Transcript

SECRET = "Ann"


def redacting() -> ElevenLabsClient:
    return ready(ElevenLabsSettings(entity_redaction=("all",), entity_detection=("all",)))


def plain(text: str) -> str:
    return wire.CommittedTranscript(text=text).to_json()


def timed(text: str, speaker: str | None = None) -> str:
    word = wire.TimedWord(text=text, start=1.0, end=1.5, logprob=0.0, speaker_id=speaker)
    return wire.CommittedTranscriptWithTimestamps(
        text=text, language_code="en", words=(word,)
    ).to_json()


def entities(text: str) -> str:
    found = wire.Entity(text=text, entity_type="name", start_char=0, end_char=len(text))
    return wire.CommittedTranscriptEntities(text=text, entities=(found,)).to_json()


def redacted(text: str, shown: str) -> str:
    return wire.RedactedTranscript(text=text, redacted_text=shown).to_json()


def diarized(text: str, segment: int = 0) -> str:
    word = wire.TimedWord(text=text, start=1.0, end=1.5, logprob=0.0, speaker_id="speaker_1")
    return wire.DiarizedTranscript(segment_index=segment, text=text, words=(word,)).to_json()


class TestReplaced:
    FOLLOWING = (timed(SECRET), entities(SECRET), redacted(SECRET, "{NAME}"))

    @pytest.mark.parametrize("order", list(permutations(FOLLOWING)))
    def test_the_replaced_text_is_not_reported_in_any_order(self, order: tuple[str, ...]) -> None:
        client = redacting()
        client.send_audio(SECOND, now=0.0)
        client.finish(now=0.0)
        for message in (plain(SECRET), *order):
            client.receive_message(message, now=0.1)
        events = happened(client)

        assert SECRET not in repr(events)
        assert [e.text for e in events if isinstance(e, FinalText)] == ["{NAME}"]
        enriched = [e for e in events if isinstance(e, FinalEnriched)]
        assert enriched == [FinalEnriched(segment=0, language="en")]
        assert events[-1] == Finished()

    @pytest.mark.parametrize("order", list(permutations(FOLLOWING)))
    def test_the_transcript_has_the_language_and_no_words(self, order: tuple[str, ...]) -> None:
        client, transcript = redacting(), Transcript()
        for message in (plain(SECRET), *order):
            client.receive_message(message, now=0.1)
        for event in happened(client):
            transcript.take(event)

        assert transcript.text == "{NAME}"
        assert (transcript.language, transcript.words) == ("en", ())

    def test_the_transcript_with_times_may_arrive_first(self) -> None:
        client = redacting()
        for message in (timed(SECRET), redacted(SECRET, "{NAME}"), plain(SECRET)):
            client.receive_message(message, now=0.1)

        assert happened(client) == [
            FinalText(text="{NAME}", start_ms=1000, end_ms=1500, language="en")
        ]

    def test_an_unchanged_text_keeps_its_words_and_entities(self) -> None:
        client = redacting()
        for message in (plain("hi"), timed("hi"), entities("hi"), redacted("hi", "hi")):
            client.receive_message(message, now=0.1)
        final, words, found = happened(client)

        assert final == FinalText(text="hi")
        assert isinstance(words, FinalEnriched)
        assert [word.text for word in words.words] == ["hi"]
        assert isinstance(found, FinalEnriched)
        assert [entity.kind for entity in found.entities] == ["name"]

    def test_final_texts_stay_in_order_if_the_first_replacement_is_missing(self) -> None:
        client = redacting()
        for text in ("a", "b"):
            client.send_audio(SECOND, now=0.0)
            client.flush(text, now=0.0)
        client.receive_message(plain("a"), now=0.1)
        client.receive_message(plain("b"), now=0.2)
        client.receive_message(redacted("b", "B"), now=0.3)

        assert happened(client) == [
            FinalText(text="a"),
            FlushDone(flush_id="a"),
            FinalText(text="B"),
            FlushDone(flush_id="b"),
        ]

    def test_an_overdue_final_text_does_not_wait_for_the_next(self) -> None:
        client = redacting()
        client.receive_message(plain("a"), now=0.0)
        client.receive_message(plain("b"), now=2.0)
        client.handle_timeout(now=3.0)
        assert [e.text for e in happened(client) if isinstance(e, FinalText)] == ["a"]
        client.handle_timeout(now=5.0)

        assert [e.text for e in happened(client) if isinstance(e, FinalText)] == ["b"]

    def test_a_replacement_that_arrives_too_late_is_a_warning(self) -> None:
        client = redacting()
        client.receive_message(plain("a"), now=0.0)
        client.handle_timeout(now=3.0)
        client.receive_message(redacted("a", "A"), now=3.1)

        assert happened(client) == [
            FinalText(text="a"),
            Warned(text="the redacted or edited text of a segment was too late"),
        ]

    def test_a_flush_without_new_audio_waits_for_the_held_final_text(self) -> None:
        client = redacting()
        client.send_audio(SECOND, now=0.0)
        client.flush("1", now=0.0)
        client.receive_message(plain("a"), now=0.1)
        client.flush("2", now=0.2)
        assert happened(client) == []
        client.receive_message(redacted("a", "A"), now=0.3)

        assert happened(client) == [
            FinalText(text="A"),
            FlushDone(flush_id="1"),
            FlushDone(flush_id="2"),
        ]

    def test_the_end_waits_for_the_replacement(self) -> None:
        client = redacting()
        client.send_audio(SECOND, now=0.0)
        client.finish(now=0.0)
        for message in (plain("a"), timed("a"), entities("a")):
            client.receive_message(message, now=0.1)
        assert client.state is State.FINISHING
        client.receive_message(redacted("a", "A"), now=1.0)

        assert client.state is State.CLOSED


class TestSpeakers:
    @pytest.mark.parametrize(
        "order", list(permutations((timed("hi"), diarized("hi")))), ids=["timed", "diarized"]
    )
    def test_words_with_speakers_are_not_replaced(self, order: tuple[str, str]) -> None:
        client, transcript = ready(ElevenLabsSettings(diarize=True)), Transcript()
        for message in (plain("hi"), *order):
            client.receive_message(message, now=0.1)
        for event in happened(client):
            transcript.take(event)

        assert [word.speaker for word in transcript.words] == ["speaker_1"]
        assert transcript.language == "en"

    def test_the_next_segment_has_its_own_speakers(self) -> None:
        client, transcript = ready(ElevenLabsSettings(diarize=True)), Transcript()
        said = [plain("a"), diarized("a"), timed("a"), plain("b"), timed("b", "early")]
        for message in said:
            client.receive_message(message, now=0.1)
        for event in happened(client):
            transcript.take(event)

        assert [word.speaker for word in transcript.words] == ["speaker_1", "early"]

    def test_the_wait_for_speakers_is_longer_than_for_a_second_answer(self) -> None:
        client = ready(ElevenLabsSettings(diarize=True))
        client.send_audio(SECOND, now=0.0)
        client.finish(now=0.0)
        client.receive_message(plain("hi"), now=1.0)
        client.receive_message(timed("hi"), now=1.0)
        client.handle_timeout(now=3.9)
        assert client.state is State.FINISHING
        client.receive_message(diarized("hi"), now=3.9)

        assert client.state is State.CLOSED


@pytest.mark.parametrize("created_at_ts", [1763690000.5, "yesterday", None])
def test_the_time_at_which_a_partial_was_made_is_ignored(created_at_ts: object) -> None:
    client = ready()
    message = {"message_type": "partial_transcript", "text": "hi", "created_at_ts": created_at_ts}
    client.receive_message(json.dumps(message), now=0.0)

    assert len(happened(client)) == 1
    assert client.state is State.CONNECTED


def test_if_only_the_language_was_requested_there_are_no_words() -> None:
    client = ready(ElevenLabsSettings(include_timestamps=False))
    client.receive_message(plain("hi"), now=0.0)
    message = wire.CommittedTranscriptWithTimestamps(text="hi", language_code="nl")
    client.receive_message(message.to_json(), now=0.0)

    assert happened(client) == [FinalText(text="hi"), FinalEnriched(segment=0, language="nl")]

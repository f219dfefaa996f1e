"""The ElevenLabs client over time: keepalives, limits, and the messages after a commit."""

import base64
import json
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elevenlabs_clients import SECOND, happened, ready
from wyoming_bridge.errors import ConfigError
from wyoming_bridge.events import (
    Entity,
    FinalEnriched,
    FinalText,
    Finished,
    FlushDone,
    PartialText,
    SpeakersMerged,
    State,
    Unrecognised,
    Warned,
)
from wyoming_bridge.providers.audio_clock import AudioClock
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.elevenlabs import transcripts as wire
from wyoming_bridge.providers.elevenlabs.client import ElevenLabsClient


def sent(client: ElevenLabsClient) -> list[tuple[bytes, bool]]:
    """Return the audio of each chunk, and whether it is a commit."""
    chunks = [json.loads(message) for message in client.messages_to_send()]
    return [(base64.b64decode(c["audio_base_64"]), c["commit"]) for c in chunks]


def plain(text: str) -> str:
    return wire.CommittedTranscript(text=text).to_json()


def timed(text: str, start: float = 0.0) -> str:
    word = wire.TimedWord(text=text, start=start, end=start + 0.5, logprob=0.0)
    return wire.CommittedTranscriptWithTimestamps(text=text, words=(word,)).to_json()


class TestKeepalive:
    def test_silence_is_sent_before_the_service_closes_an_idle_session(self) -> None:
        client = ready()
        client.send_audio(SECOND, now=2.0)
        client.messages_to_send()
        assert client.next_timeout() == 10.0
        client.handle_timeout(now=10.0)

        assert sent(client) == [(bytes(3200), False)]
        assert client.next_timeout() == 18.0

    def test_added_silence_alone_is_not_committed(self) -> None:
        client = ready()
        client.handle_timeout(now=8.0)
        client.messages_to_send()
        client.flush("1", now=9.0)

        assert sent(client) == []
        assert happened(client) == [FlushDone(flush_id="1")]

    def test_hours_of_added_silence_never_exceed_the_uncommitted_limit(self) -> None:
        client = ready()
        waiting_ms, most_ms = 0.0, 0.0
        for number in range(1000):
            client.handle_timeout(now=8.0 * (number + 1))
            for audio, commit in sent(client):
                waiting_ms += len(audio) / 32
                most_ms = max(most_ms, waiting_ms)
                if commit:
                    waiting_ms = 0
                    client.receive_message(plain(""), now=8.0 * (number + 1))
                    client.receive_message(timed(""), now=8.0 * (number + 1))

        assert client.state is State.CONNECTED
        assert most_ms <= 30_000

    def test_before_the_session_has_started_there_is_no_timeout(self) -> None:
        client = ElevenLabsClient(ElevenLabsSettings())
        client.connect()
        client.receive_open(now=0.0)

        assert client.next_timeout() is None


class TestLongAudio:
    @given(st.lists(st.integers(1, 2_500_000), min_size=1, max_size=4))
    def test_chunks_last_at_most_1_s_and_segments_at_most_30_s(self, sizes: list[int]) -> None:
        client = ready()
        for size in sizes:
            client.send_audio(bytes(size), now=0.0)
        chunks = sent(client)

        assert sum(len(audio) for audio, _ in chunks) == sum(sizes)
        assert max(len(audio) for audio, _ in chunks) <= 32_000
        segment = 0
        for audio, commit in chunks:
            segment += len(audio)
            assert segment <= 960_000
            segment = 0 if commit else segment

    def test_if_the_service_commits_by_itself_every_flush_is_padded_in_full(self) -> None:
        client = ready(ElevenLabsSettings(commit_strategy="vad"))
        client.send_audio(SECOND, now=0.0)
        client.flush("1", now=0.0)

        assert sent(client)[-1] == (bytes(9600), True)


class TestLateAnswers:
    def test_an_answer_counts_however_late_it_is(self) -> None:
        client = ready()
        client.send_audio(SECOND, now=0.0)
        client.flush("1", now=1.0)
        client.send_audio(SECOND, now=30.0)
        client.handle_timeout(now=31.0)
        client.receive_message(plain("hi"), now=32.0)
        client.receive_message(timed("hi"), now=32.0)

        assert client.state is State.CONNECTED
        assert FlushDone(flush_id="1") in happened(client)


class TestTimes:
    def test_added_silence_does_not_shift_later_times(self) -> None:
        client = ready()
        client.send_audio(SECOND[:3200], now=0.0)  # 100 ms, padded with 200 ms
        client.flush("1", now=0.0)
        client.receive_message(plain("a"), now=0.0)
        client.receive_message(timed("a"), now=0.0)
        client.handle_timeout(now=8.0)  # adds 100 ms of silence
        client.send_audio(SECOND, now=9.0)
        client.flush("2", now=9.0)
        client.receive_message(plain("b"), now=9.0)
        client.receive_message(timed("b", start=0.9), now=9.0)
        *_, enriched = [e for e in happened(client) if isinstance(e, FinalEnriched)]

        assert (enriched.words[0].start_ms, enriched.words[0].end_ms) == (600, 1100)

    def test_a_time_within_added_silence_becomes_the_time_at_which_the_silence_was_added(
        self,
    ) -> None:
        clock = AudioClock()
        clock.send(1000)
        clock.add_silence(300)
        clock.send(1000)

        assert [clock.without_added(ms) for ms in (500, 1000, 1100, 1300, 1500)] == [
            500,
            1000,
            1000,
            1000,
            1200,
        ]


class TestAnswersToCommits:
    def test_every_partial_that_repeats_the_commit_is_dropped(self) -> None:
        client = ready()
        client.receive_message(plain("yes"), now=0.0)
        for text in ("yes", "yes", "yes", "yes no"):
            partial = {"message_type": "partial_transcript", "text": text}
            client.receive_message(json.dumps(partial), now=0.0)

        assert happened(client) == [FinalText(text="yes"), PartialText(text="yes no")]

    def test_settled_text_is_reported_as_a_partial_text(self) -> None:
        client = ready()
        for kind in ("final_transcript", "final_transcript_with_timestamps"):
            message = {"message_type": kind, "text": "hi", "words": None, "created_at_ts": 1.5}
            client.receive_message(json.dumps(message), now=0.0)

        assert happened(client) == [PartialText(text="hi", stability=1.0)] * 2

    def test_entities_enrich_the_final_text(self) -> None:
        client = ready(ElevenLabsSettings(entity_detection=("all",)))
        client.receive_message(plain("call Ann"), now=0.0)
        message = wire.CommittedTranscriptEntities(
            text="call Ann",
            entities=(wire.Entity(text="Ann", entity_type="name", start_char=5, end_char=8),),
        )
        client.receive_message(message.to_json(), now=0.0)

        assert happened(client)[-1] == FinalEnriched(
            segment=0, entities=(Entity(text="Ann", kind="name", start_char=5, end_char=8),)
        )

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            (
                {"entity_redaction": ("all",)},
                wire.RedactedTranscript(text="call Ann", redacted_text="call {NAME_1}"),
            ),
            (
                {"transcript_edit": "hide names"},
                wire.EditedTranscript(text="call Ann", edited_text="call {NAME_1}"),
            ),
        ],
    )
    def test_a_text_that_will_be_replaced_is_never_reported(
        self, settings: dict, message: wire.RedactedTranscript | wire.EditedTranscript
    ) -> None:
        client = ready(ElevenLabsSettings(**settings))
        client.send_audio(SECOND, now=0.0)
        client.flush("1", now=0.0)
        client.receive_message(plain("call Ann"), now=0.0)
        client.receive_message(timed("call Ann"), now=0.0)
        before = [e for e in happened(client) if isinstance(e, (FinalText, FlushDone))]
        client.receive_message(message.to_json(), now=0.5)

        assert before == []
        assert happened(client) == [FinalText(text="call {NAME_1}"), FlushDone(flush_id="1")]

    def test_the_wait_for_a_replacement_has_a_limit(self) -> None:
        client = ready(ElevenLabsSettings(entity_redaction=("all",)))
        client.send_audio(SECOND, now=0.0)
        client.finish(now=0.0)
        client.receive_message(plain("hi"), now=1.0)
        client.receive_message(timed("hi"), now=1.0)
        due = client.next_timeout()
        assert due == 4.0
        client.handle_timeout(now=due)
        events = happened(client)

        assert FinalText(text="hi") in events
        assert events[-1] == Finished()

    def test_speakers_enrich_the_final_text_and_may_be_merged(self) -> None:
        client = ready(ElevenLabsSettings(diarize=True))
        client.receive_message(plain("hi"), now=0.0)
        word = wire.TimedWord(text="hi", start=0.0, end=0.5, speaker_id="speaker_1")
        diarized = wire.DiarizedTranscript(segment_index=0, text="hi", words=(word,))
        client.receive_message(diarized.to_json(), now=0.1)
        merged = wire.SpeakersMerged(from_speaker_id="speaker_1", to_speaker_id="speaker_0")
        client.receive_message(merged.to_json(), now=0.2)
        _, enriched, last = happened(client)

        assert isinstance(enriched, FinalEnriched)
        assert enriched.words[0].speaker == "speaker_1"
        assert last == SpeakersMerged(speaker="speaker_1", into="speaker_0")

    def test_a_warning_does_not_end_the_session(self) -> None:
        client = ready()
        client.receive_message('{"message_type":"warning","warning":"careful"}', now=0.0)

        assert happened(client) == [Warned(text="careful")]

    def test_an_answer_without_a_commit_is_ignored(self) -> None:
        client = ready(ElevenLabsSettings(entity_redaction=("all",)))
        message = wire.RedactedTranscript(text="a", redacted_text="b")
        client.receive_message(message.to_json(), now=0.0)

        assert [type(event) for event in happened(client)] == [Unrecognised]

    @pytest.mark.parametrize(
        "order",
        # Messages of one type arrive in the order of the commits.
        [o for o in permutations(range(4)) if o.index(0) < o.index(2) and o.index(1) < o.index(3)],
    )
    def test_answers_to_two_commits_are_matched_in_every_order(
        self, order: tuple[int, ...]
    ) -> None:
        client = ready(ElevenLabsSettings(diarize=True))
        said = [plain("a"), timed("a", 1.0), plain("b"), timed("b", 2.0)]
        for place in order:
            client.receive_message(said[place], now=0.0)
        events = happened(client)

        finals = [e.text for e in events if isinstance(e, FinalText)]
        enriched = [e for e in events if isinstance(e, FinalEnriched)]
        assert sorted(finals) == ["a", "b"]
        # If the transcript with times arrives first, the plain one adds nothing.
        assert len(enriched) == (order.index(0) < order.index(1)) + (
            order.index(2) < order.index(3)
        )
        assert all(e.words[0].text == finals[e.segment] for e in enriched)


def test_another_audio_format_in_the_greeting_is_a_warning() -> None:
    client = ElevenLabsClient(ElevenLabsSettings())
    client.connect()
    client.receive_open(now=0.0)
    started = {"message_type": "session_started", "config": {"audio_format": "pcm_8000"}}
    client.receive_message(json.dumps(started), now=0.0)

    assert Warned(text="the service expects pcm_8000, but the audio is pcm_16000") in happened(
        client
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"vad_threshold": 0.95},
        {"vad_silence_threshold_secs": 0.2},
        {"min_speech_duration_ms": 49},
        {"min_silence_duration_ms": 2001},
        {"keyterms": ("x" * 21,)},
        {"keyterms": ("x",) * 51},
        {"commit_strategy": "turns"},
        {"transcript_edit": "x" * 2001},
        {"transcript_edit": "x", "entity_detection": ("all",)},
        {"filter_background_audio": True},
        {"entity_redaction_mode": "hidden"},
        {"vad_threshold": float("nan")},
    ],
)
def test_settings_that_the_service_would_refuse_are_refused_by_the_client(
    settings: dict,
) -> None:
    with pytest.raises(ConfigError) as caught:
        ElevenLabsSettings(**settings)

    assert str(caught.value).partition(":")[0] in settings

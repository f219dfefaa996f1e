"""The ElevenLabs client: its requests, its commits, and the answers to flushes."""

import base64
from urllib.parse import parse_qsl, urlsplit

import pytest

from elevenlabs_clients import SECOND, STARTED, happened, ready
from wyoming_bridge.events import (
    FinalText,
    Finished,
    FlushDone,
    PartialText,
    SessionStarted,
    State,
    Unrecognised,
    Warned,
)
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.elevenlabs.client import ElevenLabsClient
from wyoming_bridge.providers.elevenlabs.messages import InputAudioChunk
from wyoming_bridge.providers.elevenlabs.reader import read_client_message
from wyoming_bridge.providers.elevenlabs.transcripts import (
    CommittedTranscript,
    CommittedTranscriptWithTimestamps,
)

MS = 32
"""The bytes of a millisecond of audio."""


UNTIMED = ElevenLabsSettings(include_timestamps=False, language="en")
"""With these settings, the service answers a commit with only one message."""


def plain(text: str) -> str:
    return CommittedTranscript(text=text).to_json()


def timed(text: str) -> str:
    return CommittedTranscriptWithTimestamps(text=text).to_json()


def chunks(client: ElevenLabsClient) -> list[InputAudioChunk]:
    return [read_client_message(str(message)) for message in client.messages_to_send()]


def audio(sent: list[InputAudioChunk]) -> bytes:
    return b"".join(base64.b64decode(chunk.audio_base_64) for chunk in sent)


def query(settings: ElevenLabsSettings) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(ElevenLabsClient(settings).connect().url).query)


class TestRequest:
    def test_without_a_language_its_detection_is_requested(self) -> None:
        assert query(ElevenLabsSettings()) == [
            ("model_id", "scribe_v2_realtime"),
            ("audio_format", "pcm_16000"),
            ("commit_strategy", "manual"),
            ("include_timestamps", "true"),
            ("include_language_detection", "true"),
        ]

    @pytest.mark.parametrize("language", ["nl", "nl-BE", "nl_NL", "NL"])
    def test_a_language_is_sent_without_its_region(self, language: str) -> None:
        sent = query(ElevenLabsSettings(language=language))
        assert ("language_code", "nl") in sent
        assert "include_language_detection" not in dict(sent)

    def test_each_keyterm_is_a_parameter_of_its_own(self) -> None:
        sent = query(ElevenLabsSettings(keyterms=("Reson8", "a b&c")))
        assert [value for name, value in sent if name == "keyterms"] == ["Reson8", "a b&c"]

    def test_settings_that_differ_from_the_services_defaults_are_sent(self) -> None:
        sent = query(ElevenLabsSettings(model="m", no_verbatim=True, enable_logging=False))
        assert {("model_id", "m"), ("no_verbatim", "true"), ("enable_logging", "false")} <= set(
            sent
        )

    def test_an_api_key_is_sent_in_its_header(self) -> None:
        request = ElevenLabsClient(ElevenLabsSettings(token="k")).connect()
        assert request.headers == {"xi-api-key": "k"}

    def test_a_single_use_token_is_sent_in_the_address(self) -> None:
        settings = ElevenLabsSettings(token="k", auth="single_use")
        assert ("token", "k") in query(settings)
        assert ElevenLabsClient(settings).connect().headers == {}

    def test_the_address_is_that_of_the_service(self) -> None:
        request = ElevenLabsClient(ElevenLabsSettings()).connect()
        assert request.shown_url == "wss://api.elevenlabs.io/v1/speech-to-text/realtime"
        assert list(request.subprotocols) == []


class TestStart:
    def test_the_session_starts_with_the_services_session_id(self) -> None:
        client = ElevenLabsClient(ElevenLabsSettings())
        client.connect()
        client.receive_open(now=0.0)
        assert client.messages_to_send() == []
        client.receive_message(STARTED, now=0.0)
        assert SessionStarted(session_id="s1") in client.events_received()

    def test_a_second_start_is_a_warning(self) -> None:
        client = ready()
        client.receive_message(STARTED, now=0.0)
        client.receive_message(STARTED, now=0.0)
        assert happened(client) == [Warned(text="the service sent session_started twice")]

    def test_a_kept_finish_without_audio_ends_the_session_at_once(self) -> None:
        client = ElevenLabsClient(ElevenLabsSettings())
        client.connect()
        client.finish(now=0.0)
        client.receive_open(now=0.0)
        client.receive_message(STARTED, now=0.0)
        assert happened(client) == [SessionStarted(session_id="s1"), Finished()]
        assert client.messages_to_send() == []
        assert client.state is State.CLOSED


class TestAudio:
    def test_audio_is_sent_as_the_message_class_writes_it(self) -> None:
        client = ready()
        client.send_audio(SECOND, now=0.0)
        encoded = base64.b64encode(SECOND).decode()
        chunk = InputAudioChunk(audio_base_64=encoded, commit=False, sample_rate=16000)
        assert client.messages_to_send() == [chunk.to_json()]

    def test_a_commit_is_sent_as_the_message_class_writes_it(self) -> None:
        client = ready()
        client.send_audio(SECOND, now=0.0)
        client.flush("1", now=0.0)
        chunk = InputAudioChunk(audio_base_64="", commit=True, sample_rate=16000)
        assert client.messages_to_send()[1:] == [chunk.to_json()]

    @pytest.mark.parametrize("rest_ms", [1, 20, 299])
    def test_a_short_rest_is_padded_with_silence_to_300_ms(self, rest_ms: int) -> None:
        client = ready()
        client.send_audio(SECOND[: rest_ms * MS], now=0.0)
        client.flush("1", now=0.0)
        sent = chunks(client)
        assert [chunk.commit for chunk in sent] == [False, True]
        assert audio(sent) == SECOND[: rest_ms * MS] + bytes((300 - rest_ms) * MS)

    @pytest.mark.parametrize("rest_ms", [300, 301, 1000])
    def test_a_rest_of_300_ms_is_not_padded(self, rest_ms: int) -> None:
        client = ready()
        client.send_audio(SECOND[: rest_ms * MS], now=0.0)
        client.finish(now=0.0)
        assert audio(chunks(client)) == SECOND[: rest_ms * MS]

    def test_the_rest_is_counted_from_the_last_commit(self) -> None:
        client = ready()
        client.send_audio(SECOND, now=0.0)
        client.flush("1", now=0.0)
        client.send_audio(SECOND[: 100 * MS], now=0.0)
        client.finish(now=0.0)
        sent = chunks(client)
        assert [chunk.commit for chunk in sent] == [False, True, False, True]
        assert audio(sent[2:]) == SECOND[: 100 * MS] + bytes(200 * MS)

    def test_a_flush_and_a_finish_without_audio_send_no_commit(self) -> None:
        client = ready()
        client.flush("1", now=0.0)
        assert client.messages_to_send() == []
        assert happened(client) == [FlushDone(flush_id="1")]
        client.finish(now=0.0)
        assert client.messages_to_send() == []
        assert happened(client) == [Finished()]

    def test_after_30_s_without_a_commit_the_next_audio_has_one(self) -> None:
        client = ready()
        for _ in range(65):
            client.send_audio(SECOND, now=0.0)
        sent = chunks(client)
        assert [number for number, chunk in enumerate(sent) if chunk.commit] == [29, 59]
        assert audio(sent) == SECOND * 65

    def test_the_answer_to_a_commit_by_length_is_for_no_flush(self) -> None:
        client = ready()
        for _ in range(30):
            client.send_audio(SECOND, now=0.0)
        client.receive_message(plain("long"), now=0.0)
        assert happened(client) == [FinalText(text="long")]


class TestFlushes:
    def test_a_flush_is_done_with_the_final_that_answers_it(self) -> None:
        client = ready(UNTIMED)
        client.send_audio(SECOND, now=0.0)
        client.flush("7", now=0.0)
        assert happened(client) == []
        client.receive_message(plain("hi"), now=0.0)
        assert happened(client) == [FinalText(text="hi"), FlushDone(flush_id="7")]

    def test_a_flush_waits_for_the_words_of_its_final(self) -> None:
        client = ready()
        client.send_audio(SECOND, now=0.0)
        client.flush("7", now=0.0)
        client.receive_message(plain("hi"), now=0.0)
        assert happened(client) == [FinalText(text="hi")]
        client.receive_message(timed("hi"), now=0.1)
        assert happened(client)[-1] == FlushDone(flush_id="7")

    def test_a_flush_does_not_wait_longer_than_the_grace_time_for_words(self) -> None:
        client = ready()
        client.send_audio(SECOND, now=0.0)
        client.flush("7", now=0.0)
        client.receive_message(plain("hi"), now=0.0)
        due = client.next_timeout()
        assert due is not None
        client.handle_timeout(now=due)
        assert happened(client)[-1] == FlushDone(flush_id="7")

    def test_flushes_are_answered_in_order(self) -> None:
        client = ready()
        for flush_id in ("1", "2", "3"):
            client.send_audio(SECOND, now=0.0)
            client.flush(flush_id, now=0.0)
        for text in ("a", "b", "c"):
            client.receive_message(plain(text), now=0.0)
            client.receive_message(timed(text), now=0.0)
        done = [e.flush_id for e in happened(client) if isinstance(e, FlushDone)]
        assert done == ["1", "2", "3"]

    def test_a_flush_without_new_audio_waits_for_the_unanswered_commit(self) -> None:
        client = ready(UNTIMED)
        client.send_audio(SECOND, now=0.0)
        client.flush("1", now=0.0)
        client.flush("2", now=0.0)
        assert sum(chunk.commit for chunk in chunks(client)) == 1
        client.receive_message(plain("hi"), now=0.0)
        assert happened(client)[1:] == [FlushDone(flush_id="1"), FlushDone(flush_id="2")]

    def test_an_empty_final_text_answers_a_flush(self) -> None:
        client = ready(UNTIMED)
        client.send_audio(SECOND, now=0.0)
        client.flush("1", now=0.0)
        client.receive_message(plain(""), now=0.0)
        assert happened(client) == [FinalText(text=""), FlushDone(flush_id="1")]

    def test_a_final_text_without_a_request_is_reported(self) -> None:
        client = ready()
        client.receive_message(plain("by itself"), now=0.0)
        assert happened(client) == [FinalText(text="by itself")]


def test_a_partial_is_reported() -> None:
    client = ready()
    client.receive_message('{"message_type":"partial_transcript","text":"hi"}', now=0.0)
    assert happened(client) == [PartialText(text="hi")]
    assert client.state is State.CONNECTED


def test_a_message_of_an_unknown_type_is_ignored() -> None:
    client = ready()
    client.receive_message('{"message_type":"sung_transcript","text":"hi"}', now=0.0)
    assert happened(client) == [Unrecognised(kind="sung_transcript")]
    assert client.state is State.LISTENING


def test_a_normal_close_before_the_last_answer_fails_the_session() -> None:
    client = ready()
    client.send_audio(SECOND, now=0.0)
    client.finish(now=0.0)
    client.receive_close(code=1000, reason="")
    assert client.state is State.ERROR

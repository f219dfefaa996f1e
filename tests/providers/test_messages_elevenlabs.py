"""ElevenLabs' messages: from JSON to a value and back."""

import json
import re
from pathlib import Path

import pytest

from reading import unread
from wyoming_bridge.errors import ProtocolViolationError
from wyoming_bridge.providers.contract import Unreadable
from wyoming_bridge.providers.elevenlabs.messages import (
    ErrorKind,
    ErrorMessage,
    InputAudioChunk,
    SessionStarted,
    UnknownMessage,
)
from wyoming_bridge.providers.elevenlabs.reader import read_client_message, read_server_message
from wyoming_bridge.providers.elevenlabs.transcripts import (
    CommittedTranscript,
    CommittedTranscriptWithTimestamps,
    PartialTranscript,
    TimedWord,
)

FIXTURES = Path(__file__).parents[1] / "fixtures" / "elevenlabs"


def examples(name: str) -> list[str]:
    """Return the examples of a source, without the line with its name."""
    return (FIXTURES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[1:]


[CHUNK] = examples("client_messages")
[CONFIG] = examples("session_config")
GENERAL_ERROR, THROTTLED = examples("errors")

STARTED = {"message_type": "session_started", "session_id": "s", "config": json.loads(CONFIG)}
WORD = {
    "text": "hi",
    "start": 0.1,
    "end": 0.35,
    "type": "word",
    "speaker_id": "speaker_0",
    "logprob": -0.1,
    "characters": None,
}
TIMED = {
    "message_type": "committed_transcript_with_timestamps",
    "text": "hi",
    "language_code": "en",
    "words": [WORD],
}


def test_the_clients_example_reads_and_writes_the_same() -> None:
    assert read_client_message(CHUNK) == InputAudioChunk(
        audio_base_64="<base64>", commit=False, sample_rate=16000, previous_text="optional"
    )
    assert json.loads(read_client_message(CHUNK).to_json()) == json.loads(CHUNK)


def test_the_observed_config_reads_and_writes_the_same() -> None:
    message = read_server_message(json.dumps(STARTED))
    assert message == SessionStarted(session_id="s", config=json.loads(CONFIG))
    assert json.loads(message.to_json()) == STARTED


def test_the_observed_throttling_reads_and_writes_the_same() -> None:
    message = read_server_message(THROTTLED)
    assert isinstance(message, ErrorMessage)
    assert message.kind is ErrorKind.COMMIT_THROTTLED
    assert json.loads(message.to_json()) == json.loads(THROTTLED)


def test_a_general_error_has_the_kind_in_its_text() -> None:
    assert read_server_message(GENERAL_ERROR) == ErrorMessage(
        kind=ErrorKind.INPUT_ERROR, error="input_error"
    )


@pytest.mark.parametrize("kind", list(ErrorKind))
def test_each_kind_of_error_reads_and_writes_the_same(kind: ErrorKind) -> None:
    message = ErrorMessage(kind=kind, error="in words")
    assert message.to_json() == f'{{"message_type":"{kind}","error":"in words"}}'
    assert read_server_message(message.to_json()) == message


@pytest.mark.parametrize("error", ["", "something else"])
def test_a_general_error_with_another_text_stays_general(error: str) -> None:
    message = ErrorMessage(kind=ErrorKind.ERROR, error=error)
    assert read_server_message(message.to_json()) == message


@pytest.mark.parametrize(
    "line", ['{"message_type":"error"}', '{"message_type":"error","error":null}']
)
def test_an_error_may_have_no_text(line: str) -> None:
    assert read_server_message(line) == ErrorMessage(kind=ErrorKind.ERROR, error="")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (
            SessionStarted(session_id=None, config={}),
            '{"message_type":"session_started","session_id":null,"config":{}}',
        ),
        (PartialTranscript(text="één"), '{"message_type":"partial_transcript","text":"één"}'),
        (CommittedTranscript(text=""), '{"message_type":"committed_transcript","text":""}'),
        (
            CommittedTranscriptWithTimestamps(text="a", language_code="en"),
            (
                '{"message_type":"committed_transcript_with_timestamps","text":"a",'
                '"language_code":"en","words":null}'
            ),
        ),
        (
            CommittedTranscriptWithTimestamps(text="a", words=()),
            (
                '{"message_type":"committed_transcript_with_timestamps","text":"a",'
                '"language_code":null,"words":[]}'
            ),
        ),
        (
            CommittedTranscriptWithTimestamps(
                text=" ", words=(TimedWord(text=" ", type="spacing"),)
            ),
            (
                '{"message_type":"committed_transcript_with_timestamps","text":" ",'
                '"language_code":null,"words":[{"text":" ","start":null,"end":null,'
                '"type":"spacing","speaker_id":null,"logprob":null,"characters":null}]}'
            ),
        ),
    ],
)
def test_each_server_message_is_written_compactly_and_reads_back(
    message: SessionStarted
    | PartialTranscript
    | CommittedTranscript
    | CommittedTranscriptWithTimestamps,
    text: str,
) -> None:
    assert message.to_json() == text
    assert read_server_message(text) == message


def test_a_transcript_with_times_reads_and_writes_the_same() -> None:
    message = read_server_message(json.dumps(TIMED))
    assert message == CommittedTranscriptWithTimestamps(
        text="hi",
        language_code="en",
        words=(TimedWord(text="hi", start=0.1, end=0.35, speaker_id="speaker_0", logprob=-0.1),),
    )
    assert json.loads(message.to_json()) == TIMED


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (
            InputAudioChunk(audio_base_64=""),
            '{"message_type":"input_audio_chunk","audio_base_64":"","commit":false}',
        ),
        (
            InputAudioChunk(audio_base_64="AAAA", commit=True, sample_rate=8000),
            (
                '{"message_type":"input_audio_chunk","audio_base_64":"AAAA","commit":true,'
                '"sample_rate":8000}'
            ),
        ),
        (
            InputAudioChunk(audio_base_64="", previous_text=""),
            (
                '{"message_type":"input_audio_chunk","audio_base_64":"","commit":false,'
                '"previous_text":""}'
            ),
        ),
    ],
)
def test_each_client_message_is_written_compactly_and_reads_back(
    message: InputAudioChunk, text: str
) -> None:
    assert message.to_json() == text
    assert read_client_message(text) == message


def test_a_chunk_of_the_services_python_client_is_read() -> None:
    line = json.dumps(json.loads(CHUNK) | {"previous_text": None})
    assert read_client_message(line).previous_text is None


@pytest.mark.parametrize("rest", [{}, {"audio_base_64": None, "commit": None, "sample_rate": None}])
def test_all_fields_of_a_chunk_are_optional(rest: dict[str, object]) -> None:
    line = json.dumps({"message_type": "input_audio_chunk"} | rest)
    assert read_client_message(line) == InputAudioChunk(audio_base_64="")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("audio_base_64", 1),
        ("audio_base_64", ["AAAA"]),
        ("commit", "true"),
        ("commit", 1),
        ("sample_rate", "16000"),
        ("sample_rate", True),
        ("sample_rate", float("nan")),
        ("previous_text", 1),
        ("message_type", 1),
    ],
)
def test_a_chunks_field_of_the_wrong_type_is_a_violation_that_names_it(
    field: str, value: object
) -> None:
    with pytest.raises(ProtocolViolationError, match=rf"^elevenlabs: {field} must be .*, got "):
        read_client_message(json.dumps(json.loads(CHUNK) | {field: value}))


@pytest.mark.parametrize("line", ["{}", '{"message_type":null}', '{"message_type":"commit"}'])
def test_a_client_can_send_only_chunks(line: str) -> None:
    with pytest.raises(ProtocolViolationError, match="message_type: must be input_audio_chunk"):
        read_client_message(line)


@pytest.mark.parametrize(
    ("message", "field", "value"),
    [
        (STARTED, "message_type", 1),
        (STARTED, "session_id", 1),
        (STARTED, "config", []),
        (STARTED, "config", "all"),
        ({"message_type": "partial_transcript"}, "text", None),
        ({"message_type": "partial_transcript"}, "text", 1),
        ({"message_type": "committed_transcript"}, "text", None),
        ({"message_type": "committed_transcript"}, "text", {}),
        (TIMED, "text", None),
        (TIMED, "language_code", 1),
        (TIMED, "words", "hi"),
        (TIMED, "words", ["hi"]),
        (TIMED, "words", {}),
    ],
)
def test_an_unreadable_field_of_a_message_is_named(
    message: dict[str, object], field: str, value: object
) -> None:
    assert re.match(
        rf"{field} must be .*, got ",
        unread(read_server_message, json.dumps(message | {field: value})),
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", None),
        ("text", 1),
        ("type", 1),
        ("start", "0.1"),
        ("end", True),
        ("speaker_id", 0),
        ("logprob", "low"),
        ("logprob", -(10**400)),
    ],
)
def test_an_unreadable_field_of_a_word_is_left_out_and_named(field: str, value: object) -> None:
    assert re.match(
        rf"{field} must be .*, got ",
        unread(read_server_message, json.dumps(TIMED | {"words": [WORD | {field: value}]})),
    )


@pytest.mark.parametrize(
    "kind",
    ["partial_transcript", "committed_transcript", "committed_transcript_with_timestamps"],
)
def test_a_transcript_without_text_cannot_be_read(kind: str) -> None:
    message = read_server_message(json.dumps({"message_type": kind}))
    is_final = kind == "committed_transcript"
    assert message == Unreadable(why="text must be a string, got nothing", is_final=is_final)


def test_half_a_character_is_left_out_of_a_text() -> None:
    line = json.dumps({"message_type": "committed_transcript", "text": "go \ud83d"})
    assert read_server_message(line) == CommittedTranscript(text="go ")
    assert unread(read_server_message, line) == "text has half a surrogate pair"


def test_a_session_may_start_without_an_id_and_a_config() -> None:
    line = '{"message_type":"session_started","config":null}'
    assert read_server_message(line) == SessionStarted(session_id=None, config={})


def test_a_word_may_have_only_text() -> None:
    message = read_server_message(json.dumps(TIMED | {"words": [{"text": "hi", "type": None}]}))
    assert isinstance(message, CommittedTranscriptWithTimestamps)
    assert message.words == (TimedWord(text="hi"),)


@pytest.mark.parametrize("characters", [["h", "i"], [{"text": "h", "start": 0.1, "end": 0.2}]])
def test_both_forms_of_a_words_characters_are_ignored(characters: list[object]) -> None:
    line = json.dumps(TIMED | {"words": [WORD | {"characters": characters}]})
    assert read_server_message(line) == read_server_message(json.dumps(TIMED))


@pytest.mark.parametrize("kind", ["sung_transcript", "committed", ""])
def test_a_message_of_an_unknown_type_is_named_and_not_a_violation(kind: str) -> None:
    line = json.dumps({"message_type": kind, "text": "hi"})
    assert read_server_message(line) == UnknownMessage(message_type=kind)


def test_a_message_without_a_type_is_not_a_violation() -> None:
    assert read_server_message('{"text":"hi"}') == UnknownMessage(message_type="")


@pytest.mark.parametrize(
    "line", ["", "hello", "[]", "1", "null", '"text"', pytest.param("[" * 100_000, id="brackets")]
)
def test_a_message_that_is_not_a_json_object_is_a_violation(line: str) -> None:
    with pytest.raises(ProtocolViolationError, match=r"^elevenlabs: a message (is not|has too) "):
        read_server_message(line)
    with pytest.raises(ProtocolViolationError, match=r"^elevenlabs: a message (is not|has too) "):
        read_client_message(line)

"""The reader of ElevenLabs' messages, with all messages in the service's client library."""

import json
import re
from pathlib import Path

import pytest
from elevenlabs import RealtimeEvents

from reading import unread
from wyoming_bridge.providers.elevenlabs.messages import (
    ErrorKind,
    ErrorMessage,
    ServerMessage,
    SessionStarted,
    UnknownMessage,
    WarningMessage,
)
from wyoming_bridge.providers.elevenlabs.reader import read_server_message
from wyoming_bridge.providers.elevenlabs.transcripts import (
    CommittedTranscript,
    CommittedTranscriptEntities,
    CommittedTranscriptWithTimestamps,
    DiarizedTranscript,
    EditedTranscript,
    Entity,
    PartialTranscript,
    RedactedTranscript,
    SettledTranscript,
    SpeakersMerged,
    TimedWord,
)

FIXTURES = Path(__file__).parents[1] / "fixtures" / "elevenlabs"
LINES = (FIXTURES / "server_messages.jsonl").read_text(encoding="utf-8").splitlines()[1:]
NOT_ON_THE_WIRE = {"open", "close", "unaccepted_terms_error"}
"""Events of the library that are not types of messages of the service.

``unaccepted_terms_error`` is the library's name for ``unaccepted_terms``.
"""

ANN = Entity(text="Ann", entity_type="name", start_char=5, end_char=8)
CALL_ANN = (
    TimedWord(text="call", start=0.1, end=0.4, logprob=-0.5),
    TimedWord(text=" ", type="spacing", start=0.4, end=0.5, logprob=0.0),
    TimedWord(text="Ann", start=0.5, end=0.9, logprob=-0.1),
)
BY_ONE = TimedWord(text="call Ann", start=0.1, end=0.9, speaker_id="speaker_1", logprob=-0.5)

READ: list[ServerMessage] = [
    SessionStarted(session_id="s1", config={"sample_rate": 16000}),
    PartialTranscript(text="call Ann"),
    SettledTranscript(text="call Ann"),
    SettledTranscript(text="call Ann"),
    CommittedTranscript(text="call Ann"),
    CommittedTranscript(text="call Ann", segment_index=3),
    CommittedTranscriptWithTimestamps(text="call Ann", language_code="en", words=CALL_ANN),
    CommittedTranscriptWithTimestamps(text="call Ann", language_code="en"),
    CommittedTranscriptEntities(text="call Ann", entities=(ANN,)),
    RedactedTranscript(text="call Ann", redacted_text="call {NAME_1}"),
    EditedTranscript(text="call Ann", edited_text="Call Ann."),
    DiarizedTranscript(segment_index=3, text="call Ann", words=(BY_ONE,)),
    SpeakersMerged(from_speaker_id="speaker_1", to_speaker_id="speaker_0"),
    WarningMessage(warning="careful"),
]


@pytest.mark.parametrize(("line", "message"), list(zip(LINES, READ, strict=True)))
def test_each_message_of_the_service_is_read(line: str, message: ServerMessage) -> None:
    assert read_server_message(line) == message


@pytest.mark.parametrize("kind", sorted({e.value for e in RealtimeEvents} - NOT_ON_THE_WIRE))
def test_every_message_of_the_client_library_is_read(kind: str) -> None:
    [line] = [line for line in LINES if json.loads(line)["message_type"] == kind][:1] or [
        json.dumps({"message_type": kind, "error": "in words"})
    ]
    assert not isinstance(read_server_message(line), UnknownMessage)


def test_every_error_of_the_client_library_has_its_kind() -> None:
    transcripts = {json.loads(line)["message_type"] for line in LINES}
    errors = {event.value for event in RealtimeEvents} - NOT_ON_THE_WIRE - transcripts
    assert errors == {kind.value for kind in ErrorKind}
    for kind in errors:
        line = json.dumps({"message_type": kind, "error": "in words"})
        assert read_server_message(line) == ErrorMessage(kind=ErrorKind(kind), error="in words")


@pytest.mark.parametrize(
    "message",
    [
        CommittedTranscript(text="a", segment_index=0),
        CommittedTranscriptEntities(text="call Ann", entities=(ANN,)),
        CommittedTranscriptEntities(text="a"),
        RedactedTranscript(text="a", redacted_text="{A}"),
        EditedTranscript(text="a", edited_text="A"),
        DiarizedTranscript(segment_index=0, text="call Ann", words=(BY_ONE,)),
        DiarizedTranscript(segment_index=0, text=""),
        SpeakersMerged(from_speaker_id="b", to_speaker_id="a"),
    ],
)
def test_each_message_is_written_compactly_and_reads_back(
    message: CommittedTranscript
    | CommittedTranscriptEntities
    | RedactedTranscript
    | EditedTranscript
    | DiarizedTranscript
    | SpeakersMerged,
) -> None:
    text = message.to_json()
    assert text == json.dumps(json.loads(text), separators=(",", ":"))
    assert read_server_message(text) == message


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("committed_transcript", "segment_index", "3"),
        ("committed_transcript", "segment_index", float("inf")),
        ("final_transcript", "text", None),
        ("final_transcript_with_timestamps", "text", 1),
        ("committed_transcript_entities", "entities", "Ann"),
        ("committed_transcript_entities", "entities", ["Ann"]),
        ("redacted_transcript", "redacted_text", None),
        ("edited_transcript", "edited_text", None),
        ("diarized_transcript", "words", {}),
        ("speakers_merged", "from_speaker_id", None),
        ("speakers_merged", "to_speaker_id", 0),
        ("warning", "warning", None),
    ],
)
def test_an_unreadable_field_of_a_message_is_named(kind: str, field: str, value: object) -> None:
    line = next(line for line in LINES if json.loads(line)["message_type"] == kind)
    assert re.match(
        rf"{field} must be .*, got ",
        unread(read_server_message, json.dumps(json.loads(line) | {field: value})),
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [("text", None), ("entity_type", 1), ("start_char", 10**400), ("end_char", "8")],
)
def test_an_entity_that_cannot_be_read_is_left_out(field: str, value: object) -> None:
    entity = {"text": "Ann", "entity_type": "name", "start_char": 5, "end_char": 8}
    message = {
        "message_type": "committed_transcript_entities",
        "text": "call Ann",
        "entities": [entity | {field: value}],
    }
    why = unread(read_server_message, json.dumps(message))
    assert re.match(rf"{field} must be .*, got ", why)

"""What the local server as ElevenLabs tells beside a committed transcript."""

import json

import pytest

from wyoming_bridge.events import FinalText, Word
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.elevenlabs.behaviour import ElevenLabsBehaviour
from wyoming_bridge.providers.elevenlabs.emulator import ElevenLabsEmulator
from wyoming_bridge.providers.serving import ServerRequest

ENTITIES = {"": "nothing", "ann": "name", "ann lee": "name", "12 elm street": "location_address"}
TEXT = "Ann called ann at 12 Elm Street"
FINAL = FinalText(
    text="hi there",
    words=(
        Word(text="hi", start_ms=100, end_ms=300, confidence=1.0),
        Word(text="there", start_ms=350, end_ms=700, confidence=1.0),
    ),
)


def told(*finals: FinalText, **query: str) -> list[dict[str, object]]:
    """The finals of a session."""
    emulator = ElevenLabsEmulator(
        tokens=frozenset(), language="en", behaviour=ElevenLabsBehaviour(entities=ENTITIES)
    )
    asked = {"model_id": "scribe_v2_realtime"} | query
    server = emulator.accept(ServerRequest(query={n: [v] for n, v in asked.items()}, headers={}), 0)
    assert not isinstance(server, HttpAnswer)
    server.open(now=0)
    for final in finals:
        server.report(final)
    return [json.loads(message) for message in server.messages_to_send()][1:]


def test_entities_are_told_where_they_stand_in_the_text() -> None:
    _, said = told(FinalText(text=TEXT), entity_detection="all")

    assert said["message_type"] == "committed_transcript_entities"
    assert said["text"] == TEXT
    found = said["entities"]
    assert isinstance(found, list)
    assert [(e["text"], e["entity_type"]) for e in found] == [
        ("Ann", "name"),
        ("ann", "name"),
        ("12 Elm Street", "location_address"),
    ]
    assert all(TEXT[e["start_char"] : e["end_char"]] == e["text"] for e in found)


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [("name", {"name"}), ("location_address", {"location_address"}), ("email_address", set())],
)
def test_only_entities_of_the_wanted_type_are_told(wanted: str, kinds: set[str]) -> None:
    _, said = told(FinalText(text=TEXT), entity_detection=wanted)
    found = said["entities"]
    assert isinstance(found, list)

    assert {entity["entity_type"] for entity in found} == kinds


@pytest.mark.parametrize(
    ("mode", "shown"),
    [
        ("redacted", "{REDACTED} called {REDACTED} at {REDACTED}"),
        ("entity_type", "{NAME} called {NAME} at {LOCATION_ADDRESS}"),
        ("enumerated_entity_type", "{NAME_1} called {NAME_2} at {LOCATION_ADDRESS_1}"),
    ],
)
def test_each_mode_writes_a_redaction_its_way(mode: str, shown: str) -> None:
    plain, said = told(FinalText(text=TEXT), entity_redaction="all", entity_redaction_mode=mode)

    assert plain["text"] == TEXT
    assert said == {"message_type": "redacted_transcript", "text": TEXT, "redacted_text": shown}


def test_of_two_entities_that_begin_alike_the_longer_one_is_redacted() -> None:
    _, said = told(FinalText(text="call Ann Lee now"), entity_redaction="all")

    assert said["redacted_text"] == "call {NAME_1} now"


def test_letters_that_lower_case_makes_longer_move_no_entity() -> None:
    _, said = told(FinalText(text="\u0130\u0130 Ann"), entity_redaction="all")

    assert said["redacted_text"] == "\u0130\u0130 {NAME_1}"


def test_nothing_to_redact_leaves_the_text_as_it_is() -> None:
    _, said = told(FinalText(text="hello"), entity_redaction="all")

    assert said["redacted_text"] == said["text"] == "hello"


def test_with_speakers_commits_are_numbered_and_words_have_theirs() -> None:
    said = told(FINAL, FINAL, diarize="true")

    assert [(m["message_type"], m["segment_index"]) for m in said] == [
        ("committed_transcript", 0),
        ("diarized_transcript", 0),
        ("committed_transcript", 1),
        ("diarized_transcript", 1),
    ]
    words = said[1]["words"]
    assert isinstance(words, list)
    assert {word["speaker_id"] for word in words} == {"speaker_0"}
    assert "".join(word["text"] for word in words) == "hi there"


def test_everything_that_was_asked_for_follows_the_commit_once() -> None:
    said = told(
        FINAL,
        include_timestamps="true",
        include_language_detection="true",
        entity_detection="all",
        entity_redaction="all",
        diarize="true",
    )

    assert [message["message_type"] for message in said] == [
        "committed_transcript",
        "committed_transcript_with_timestamps",
        "committed_transcript_entities",
        "redacted_transcript",
        "diarized_transcript",
    ]
    assert {message["text"] for message in said} == {"hi there"}


def test_a_word_has_every_field_that_the_service_requires() -> None:
    _, timed = told(FINAL, include_timestamps="true")
    words = timed["words"]
    assert isinstance(words, list)

    for word in words:
        assert {"text", "type", "logprob", "start", "end", "speaker_id"} <= set(word)
        assert word["logprob"] <= 0
    assert [word["type"] for word in words] == ["word", "spacing", "word"]

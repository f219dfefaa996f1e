"""The emulated ElevenLabs: the messages that follow a committed transcript."""

import json

import pytest

from wyoming_bridge.events import FinalText, Word
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.elevenlabs.behaviour import ElevenLabsBehaviour
from wyoming_bridge.providers.elevenlabs.emulator import ElevenLabsEmulator
from wyoming_bridge.providers.server_request import ServerRequest

ENTITIES = {"": "nothing", "ann": "name", "ann lee": "name", "12 elm street": "location_address"}
TEXT = "Ann called ann at 12 Elm Street"
FINAL = FinalText(
    text="hi there",
    words=(
        Word(text="hi", start_ms=100, end_ms=300, confidence=1.0),
        Word(text="there", start_ms=350, end_ms=700, confidence=1.0),
    ),
)


def messages_for(*finals: FinalText, **query: str) -> list[dict[str, object]]:
    """Return the messages that the server sends for final texts of the engine."""
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


def test_entities_have_their_indexes_in_the_text() -> None:
    _, said = messages_for(FinalText(text=TEXT), entity_detection="all")

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
def test_only_entities_of_the_requested_type_are_sent(wanted: str, kinds: set[str]) -> None:
    _, said = messages_for(FinalText(text=TEXT), entity_detection=wanted)
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
def test_each_mode_redacts_in_its_own_way(mode: str, shown: str) -> None:
    plain, said = messages_for(
        FinalText(text=TEXT), entity_redaction="all", entity_redaction_mode=mode
    )

    assert plain["text"] == TEXT
    assert said == {"message_type": "redacted_transcript", "text": TEXT, "redacted_text": shown}


def test_of_two_entities_with_the_same_start_the_longer_one_is_redacted() -> None:
    _, said = messages_for(FinalText(text="call Ann Lee now"), entity_redaction="all")

    assert said["redacted_text"] == "call {NAME_1} now"


def test_letters_with_a_longer_lower_case_shift_no_entity() -> None:
    _, said = messages_for(FinalText(text="\u0130\u0130 Ann"), entity_redaction="all")

    assert said["redacted_text"] == "\u0130\u0130 {NAME_1}"


def test_a_text_without_entities_is_not_changed() -> None:
    _, said = messages_for(FinalText(text="hello"), entity_redaction="all")

    assert said["redacted_text"] == said["text"] == "hello"


def test_with_speakers_commits_have_an_index_and_words_a_speaker() -> None:
    said = messages_for(FINAL, FINAL, diarize="true")

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


def test_all_requested_details_follow_the_commit_once() -> None:
    said = messages_for(
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
    _, timed = messages_for(FINAL, include_timestamps="true")
    words = timed["words"]
    assert isinstance(words, list)

    for word in words:
        assert {"text", "type", "logprob", "start", "end", "speaker_id"} <= set(word)
        assert word["logprob"] <= 0
    assert [word["type"] for word in words] == ["word", "spacing", "word"]

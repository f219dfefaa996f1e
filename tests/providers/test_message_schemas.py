"""Messages of each service in which one value is wrong or missing.

The schemas are from examples on the services' pages and from their client libraries. A word with a
wrong field may be left out, but the text of a message must always be reported.
"""

import json
from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest

from wyoming_bridge.events import (
    Failed,
    FinalText,
    FlushDone,
    PartialText,
    SessionEvent,
    SessionStarted,
    Warned,
)
from wyoming_bridge.providers.contract import ClientProtocol
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.registry import new_client
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.providers.scriptix import ScriptixSettings

Json = dict[str, Any]  # type: ignore[explicit-any] # a test can replace any value

TEXT = "go forward ten meters"


class Absence(Enum):
    """The absence of a field, in place of a value."""

    MISSING = "missing"


MISSING = Absence.MISSING
WRONG: list[object] = [
    *(None, True, False, 17, -1, 0.5, 10**400, float("nan"), float("-inf"), "x", "", "half \ud83d"),
    *([], {}, [None], [{}], [[]], {"text": "x"}),
    MISSING,
]

WORD = {
    "text": "go",
    "start": 0.1,
    "end": 0.3,
    "type": "word",
    "speaker_id": "a",
    "logprob": -0.1,
    "characters": ["g", "o"],
    "channel_index": 0,
}
RESON8 = {
    "type": "transcript",
    "text": TEXT,
    "is_final": True,
    "start_ms": 100,
    "duration_ms": 200,
    "language": "en",
    "speaker_id": 0,
    "words": [{"text": "go", "start_ms": 100, "duration_ms": 200, "confidence": 0.99}],
}
SCRIPTIX = {
    "text": TEXT,
    "is_final": True,
    "offset_ms": 100,
    "words": [["go", 0, 200, 0.95], ["forward", 200, 500, 0.9]],
    "speaker": "Speaker 1",
}
COMMITTED = {"message_type": "committed_transcript", "text": TEXT, "segment_index": 0}
TIMED = {
    "message_type": "committed_transcript_with_timestamps",
    "text": TEXT,
    "language_code": "en",
    "words": [WORD],
}
FINALS = {
    "reson8": (Reson8Settings(), RESON8, {"type", "text"}),
    "scriptix": (ScriptixSettings(), SCRIPTIX, {"text"}),
    "scriptix-older": (
        ScriptixSettings(),
        {"result": [["go", 100, 300, 0.9]], "text": TEXT, "speaker": "S1"},
        {"text", "result"},
    ),
    "elevenlabs": (ElevenLabsSettings(), COMMITTED, {"message_type", "text"}),
    "elevenlabs-timed": (ElevenLabsSettings(), TIMED, {"message_type", "text"}),
}
PARTIALS = {
    "reson8": (Reson8Settings(), RESON8 | {"is_final": False}, {"type", "text", "is_final"}),
    "scriptix": (
        ScriptixSettings(),
        {"text": TEXT, "is_final": False, "offset_ms": 100, "stability": 0.8},
        {"text", "is_final"},
    ),
    "elevenlabs": (
        ElevenLabsSettings(),
        {"message_type": "partial_transcript", "text": TEXT, "created_at_ts": 1.5},
        {"message_type", "text"},
    ),
}


def variants(value: Any, kept: set[str] = frozenset()) -> Iterator[Any]:  # type: ignore[explicit-any, assignment]
    """Yield copies of a message in which one value is replaced by a wrong one."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name in kept:
                continue
            for wrong in WRONG:
                rest = {key: each for key, each in value.items() if key != name}
                yield rest if wrong is MISSING else rest | {name: wrong}
            for inner in variants(part):
                yield value | {name: inner}
    elif isinstance(value, list):
        for place, part in enumerate(value):
            for wrong in WRONG:
                before, after = value[:place], value[place + 1 :]
                yield [*before, *after] if wrong is MISSING else [*before, wrong, *after]
            for inner in variants(part):
                yield [*value[:place], inner, *value[place + 1 :]]


def ready(settings: Any) -> ClientProtocol:  # type: ignore[explicit-any]
    client = new_client(settings)
    client.connect()
    client.receive_open(now=0.0)
    if isinstance(settings, ElevenLabsSettings):
        client.receive_message('{"message_type":"session_started","session_id":"s"}', now=0.0)
    if isinstance(settings, ScriptixSettings):
        client.receive_message('{"state":"listening"}', now=0.0)
    client.send_audio(bytes(32000), now=0.0)
    client.events_received()
    return client


def events_after(client: ClientProtocol, *messages: object) -> list[SessionEvent]:
    for message in messages:
        client.receive_message(json.dumps(message), now=0.0)
    return client.events_received()


@pytest.mark.parametrize("name", FINALS)
def test_the_text_of_a_final_survives_each_wrong_field(name: str) -> None:
    settings, message, kept = FINALS[name]
    for variant in variants(message, kept):
        if variant.get("is_final") is False:
            continue
        events = events_after(ready(settings), variant)
        texts = [event.text for event in events if isinstance(event, FinalText)]
        assert texts == [TEXT], variant
        assert sum(isinstance(event, Warned) for event in events) <= 1, variant
        assert not any(isinstance(event, Failed) for event in events), variant


def test_a_reson8_transcript_with_is_final_false_is_not_a_final() -> None:
    [*_, event] = events_after(ready(Reson8Settings()), RESON8 | {"is_final": False})
    assert isinstance(event, PartialText)


@pytest.mark.parametrize("name", PARTIALS)
def test_the_text_of_a_partial_survives_each_wrong_field(name: str) -> None:
    settings, message, kept = PARTIALS[name]
    for variant in variants(message, kept):
        events = events_after(ready(settings), variant)
        texts = [event.text for event in events if isinstance(event, PartialText)]
        assert texts == [TEXT], variant
        assert sum(isinstance(event, Warned) for event in events) <= 1, variant


@pytest.mark.parametrize("wrong", [None, True, 17, [], {}, ["go"], MISSING], ids=str)
@pytest.mark.parametrize("name", PARTIALS)
def test_a_partial_without_a_readable_text_is_skipped(name: str, wrong: object) -> None:
    settings, message, _ = PARTIALS[name]
    rest = {key: each for key, each in message.items() if key != "text"}
    client = ready(settings)
    events = events_after(client, rest if wrong is MISSING else rest | {"text": wrong})

    assert not any(isinstance(event, (PartialText, Failed)) for event in events)
    assert any(isinstance(event, FinalText) for event in events_after(client, FINALS[name][1]))


@pytest.mark.parametrize("wrong", [None, True, 17, [], {}], ids=str)
@pytest.mark.parametrize("name", ["reson8", "scriptix", "scriptix-older"])
def test_a_final_without_a_readable_text_fails_the_session(name: str, wrong: object) -> None:
    settings, message, _ = FINALS[name]
    [*_, failed] = events_after(ready(settings), message | {"text": wrong})

    assert isinstance(failed, Failed)
    assert failed.error.code == "protocol_violation"
    assert failed.error.retryable


@pytest.mark.parametrize("wrong", [None, True, 17, [], {}], ids=str)
@pytest.mark.parametrize(
    "messages",
    [(COMMITTED | {"text": ...}, TIMED), (TIMED | {"text": ...}, COMMITTED)],
    ids=["plain", "timed"],
)
def test_one_of_two_answers_may_be_unreadable(messages: tuple[Json, Json], wrong: object) -> None:
    first, second = messages
    settings = ElevenLabsSettings(include_language_detection=True)
    events = events_after(ready(settings), first | {"text": wrong}, second)

    assert [event.text for event in events if isinstance(event, FinalText)] == [TEXT]
    assert sum(isinstance(event, Warned) for event in events) == 1


def test_many_wrong_fields_are_one_warning_per_session() -> None:
    client = ready(Reson8Settings())
    wrong = RESON8 | {"start_ms": "x", "language": 1, "words": [17]}
    events = events_after(client, wrong, wrong, "ping", [])

    [warned] = [event for event in events if isinstance(event, Warned)]
    assert warned.text.startswith("left out a field that cannot be read: words must be a list")


@pytest.mark.parametrize("name", FINALS)
def test_json_in_binary_messages_is_read(name: str) -> None:
    settings, message, _ = FINALS[name]
    client = ready(settings)
    text = "één 💡"
    client.receive_message(json.dumps(message | {"text": text}).encode(), now=0.0)
    client.receive_message(
        json.dumps(message | {"text": f"{text} go"}, ensure_ascii=False).encode(), now=0.0
    )

    finals = [event for event in client.events_received() if isinstance(event, FinalText)]
    assert [final.text for final in finals] == [text, f"{text} go"]


@pytest.mark.parametrize("name", FINALS)
def test_broken_characters_in_binary_messages_are_left_out(name: str) -> None:
    settings, message, _ = FINALS[name]
    client = ready(settings)
    line = json.dumps(message | {"text": "go 💡"}, ensure_ascii=False).encode()
    client.receive_message(line.replace("💡".encode(), "💡".encode()[:3]), now=0.0)

    events = client.events_received()
    assert [event.text for event in events if isinstance(event, FinalText)] == ["go "]
    assert any(isinstance(event, Warned) for event in events)


@pytest.mark.parametrize("depth", [10, 300, 974, 1000, 5000, 100_000])
@pytest.mark.parametrize("name", FINALS)
def test_deep_nesting_is_skipped_or_left_out(name: str, depth: int) -> None:
    settings, message, _ = FINALS[name]
    client = ready(settings)
    for brackets in (("[", "]"), ('{"a":', "}")):
        deep = brackets[0] * depth + "1" + brackets[1] * depth
        client.receive_message(deep, now=0.0)
        client.receive_message(f'{{"error":null,"words":{deep},"config":{deep}}}', now=0.0)
    events = client.events_received()
    client.receive_message(json.dumps(message), now=0.0)

    assert not any(isinstance(event, Failed) for event in events)
    assert any(isinstance(event, FinalText) for event in client.events_received())


def test_a_number_of_thousands_of_digits_is_left_out() -> None:
    client = ready(Reson8Settings())
    line = json.dumps(RESON8).replace("100", "9" * 5000)
    client.receive_message(line, now=0.0)

    [_, final, warned] = client.events_received()
    assert isinstance(final, FinalText)
    assert (final.text, final.start_ms) == (TEXT, None)
    assert isinstance(warned, Warned)


@pytest.mark.parametrize("wrong", [None, True, 17, [], {}, "x", MISSING], ids=str)
@pytest.mark.parametrize("field", ["session_id", "config"])
def test_a_session_starts_with_any_greeting(field: str, wrong: object) -> None:
    client = new_client(ElevenLabsSettings())
    client.connect()
    client.receive_open(now=0.0)
    greeting: Json = {"message_type": "session_started", "session_id": "s", "config": {}}
    rest = {key: each for key, each in greeting.items() if key != field}
    events = events_after(client, rest if wrong is MISSING else rest | {field: wrong})

    assert any(isinstance(event, SessionStarted) for event in events)


@pytest.mark.parametrize("wrong", [None, True, 17, [], {}, "x", MISSING], ids=str)
def test_scriptix_is_listening_with_any_session_id(wrong: object) -> None:
    client = new_client(ScriptixSettings())
    client.connect()
    client.receive_open(now=0.0)
    message: Json = {"state": "listening"}
    events = events_after(client, message if wrong is MISSING else message | {"session_id": wrong})

    assert any(isinstance(event, SessionStarted) for event in events)


CONFIRMED: Json = {"type": "flush_confirmation", "id": "1"}


def test_a_skipped_message_that_was_the_final_fails_the_session() -> None:
    client = ready(Reson8Settings())
    client.flush("1", now=0.0)
    truncated = json.dumps(RESON8)[:-10]
    events = events_after(client, RESON8 | {"is_final": False}, truncated, CONFIRMED)

    assert isinstance(events[-1], Failed)
    assert events[-1].error.code == "protocol_violation"


def test_a_skipped_message_before_a_final_does_not_fail_the_session() -> None:
    client = ready(Reson8Settings())
    client.flush("1", now=0.0)
    late = {"type": "transcript", "text": "go", "is_final": False}
    events = events_after(client, RESON8, "ping", late, CONFIRMED)

    assert isinstance(events[-1], FlushDone)


def test_a_skipped_message_without_speech_does_not_fail_the_session() -> None:
    client = ready(Reson8Settings())
    client.flush("1", now=0.0)

    assert isinstance(events_after(client, "ping", CONFIRMED)[-1], FlushDone)


def test_the_token_is_masked_and_the_rest_of_the_error_is_kept() -> None:
    client = ready(Reson8Settings(token="s3cret"))
    message = {"type": "error", "code": "rate_limited", "message": "s3cret", "retry_after": 2}
    [*_, failed] = events_after(client, message)

    assert isinstance(failed, Failed)
    assert failed.error.message == "rate_limited: ***"
    assert failed.error.retry_after_s == 2
    assert failed.error.placeholders == {
        "service_code": "rate_limited",
        "answer": "rate_limited: ***",
    }

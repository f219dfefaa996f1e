"""Reson8's messages: from JSON to a value and back."""

import json
import re
from pathlib import Path

import pytest

from reading import unread
from wyoming_bridge.errors import ProtocolViolationError
from wyoming_bridge.providers.contract import Unreadable
from wyoming_bridge.providers.reson8.messages import (
    ErrorMessage,
    FlushConfirmation,
    FlushRequest,
    Reson8Transcript,
    Reson8Word,
    UnknownMessage,
)
from wyoming_bridge.providers.reson8.reader import read_client_message, read_server_message

FIXTURES = Path(__file__).parents[1] / "fixtures" / "reson8"


def examples(name: str) -> list[str]:
    """Return the examples of a page, without the line with its source."""
    return (FIXTURES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[1:]


FLUSH, PLAIN, DETAILED, CONFIRMATION = examples("realtime")

WORD = {"text": "the", "start_ms": 1200, "duration_ms": 200, "confidence": 0.99}
TRANSCRIPT = {
    "type": "transcript",
    "text": "the",
    "is_final": True,
    "start_ms": 1200,
    "duration_ms": 200,
    "words": [WORD],
}


def test_the_clients_example_reads_and_writes_the_same() -> None:
    assert read_client_message(FLUSH) == FlushRequest(id="abc123")
    assert json.loads(read_client_message(FLUSH).to_json()) == json.loads(FLUSH)


@pytest.mark.parametrize("line", [PLAIN, DETAILED, CONFIRMATION])
def test_a_servers_example_reads_and_writes_the_same(line: str) -> None:
    message = read_server_message(line)
    assert not isinstance(message, UnknownMessage)
    assert json.loads(message.to_json()) == json.loads(line)


def test_the_detailed_example_is_read_in_full() -> None:
    message = read_server_message(DETAILED)
    assert isinstance(message, Reson8Transcript)
    assert (message.is_final, message.start_ms, message.duration_ms) == (True, 1200, 2400)
    assert message.words is not None
    assert len(message.words) == 6
    assert message.words[0] == Reson8Word(
        text="the", start_ms=1200, duration_ms=200, confidence=0.99
    )


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (Reson8Transcript(text="één"), '{"type":"transcript","text":"één"}'),
        (
            Reson8Transcript(text="a", is_final=False),
            '{"type":"transcript","text":"a","is_final":false}',
        ),
        (
            Reson8Transcript(text="a", start_ms=0, duration_ms=5),
            '{"type":"transcript","text":"a","start_ms":0,"duration_ms":5}',
        ),
        (Reson8Transcript(text="a", words=()), '{"type":"transcript","text":"a","words":[]}'),
        (
            Reson8Transcript(text="a", words=(Reson8Word(text="a", confidence=0.5),)),
            '{"type":"transcript","text":"a","words":[{"text":"a","confidence":0.5}]}',
        ),
        (
            Reson8Transcript(text="a", language="nl", speaker_id=0),
            '{"type":"transcript","text":"a","language":"nl","speaker_id":0}',
        ),
        (FlushConfirmation(id="7"), '{"type":"flush_confirmation","id":"7"}'),
        (FlushConfirmation(id=None), '{"type":"flush_confirmation","id":null}'),
        (
            ErrorMessage(code="INTERNAL_ERROR", message="it broke"),
            '{"type":"error","code":"INTERNAL_ERROR","message":"it broke"}',
        ),
    ],
)
def test_each_server_message_is_written_compactly_and_reads_back(
    message: Reson8Transcript | FlushConfirmation | ErrorMessage, text: str
) -> None:
    assert message.to_json() == text
    assert read_server_message(text) == message


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (FlushRequest(id="7"), '{"type":"flush_request","id":"7"}'),
        (FlushRequest(), '{"type":"flush_request"}'),
    ],
)
def test_each_client_message_is_written_compactly_and_reads_back(
    message: FlushRequest, text: str
) -> None:
    assert message.to_json() == text
    assert read_client_message(text) == message


def test_a_flush_with_the_id_null_has_no_id() -> None:
    assert read_client_message('{"type":"flush_request","id":null}') == FlushRequest()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", 1),
        ("text", None),
        ("text", 1),
        ("is_final", "yes"),
        ("is_final", 2),
        ("start_ms", "1200"),
        ("start_ms", True),
        ("start_ms", float("nan")),
        ("duration_ms", [200]),
        ("duration_ms", float("inf")),
        ("duration_ms", 10**400),
        ("words", "the"),
        ("words", {"text": "the"}),
        ("words", ["the"]),
    ],
)
def test_an_unreadable_field_of_a_transcript_is_named(field: str, value: object) -> None:
    assert re.match(
        rf"{field} must be .*, got ",
        unread(read_server_message, json.dumps(TRANSCRIPT | {field: value})),
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", None),
        ("text", 1),
        ("start_ms", "1200"),
        ("duration_ms", float("-inf")),
        ("confidence", "0.99"),
        ("confidence", True),
    ],
)
def test_an_unreadable_field_of_a_word_is_left_out_and_named(field: str, value: object) -> None:
    line = json.dumps(TRANSCRIPT | {"words": [WORD | {field: value}]})
    why = unread(read_server_message, line)
    assert re.match(rf"{field} must be .*, got ", why)


@pytest.mark.parametrize(("is_final", "counts"), [(True, True), (None, True), (False, False)])
def test_a_transcript_without_text_cannot_be_read(*, is_final: bool | None, counts: bool) -> None:
    message = read_server_message(json.dumps({"type": "transcript", "is_final": is_final}))
    assert message == Unreadable(why="text must be a string, got nothing", is_final=counts)


def test_half_a_character_is_left_out_of_a_text() -> None:
    line = json.dumps(TRANSCRIPT | {"text": "go \ud83d"})
    message = read_server_message(line)
    assert isinstance(message, Reson8Transcript)
    assert message.text == "go "
    assert unread(read_server_message, line) == "text has half a surrogate pair"


@pytest.mark.parametrize("field", ["is_final", "start_ms", "duration_ms", "words"])
def test_a_field_that_is_null_counts_as_absent(field: str) -> None:
    rest = {name: value for name, value in TRANSCRIPT.items() if name != field}
    assert read_server_message(json.dumps(TRANSCRIPT | {field: None})) == read_server_message(
        json.dumps(rest)
    )


@pytest.mark.parametrize("line", ["{}", '{"id":null}', '{"id":"1"}'])
def test_the_id_of_a_confirmation_is_a_text_or_missing(line: str) -> None:
    message = read_server_message(json.dumps(json.loads(line) | {"type": "flush_confirmation"}))
    assert message == FlushConfirmation(id=json.loads(line).get("id"))


def test_an_id_that_is_a_number_is_a_violation_of_the_client() -> None:
    with pytest.raises(ProtocolViolationError, match="id must be a string, got "):
        read_client_message('{"type":"flush_request","id":7}')


def test_an_id_of_the_service_that_is_a_number_is_left_out() -> None:
    line = '{"type":"flush_confirmation","id":7}'
    assert read_server_message(line) == FlushConfirmation(id=None)
    assert unread(read_server_message, line) == "id must be a string, got a number"


def test_an_id_with_half_a_surrogate_pair_is_a_violation() -> None:
    with pytest.raises(ProtocolViolationError, match="id must be a string of valid characters"):
        read_client_message('{"type":"flush_request","id":"\\ud83d"}')


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ('{"type":"error","code":"X","message":"m"}', "X", "m"),
        ('{"type":"error","code":"X","detail":"d"}', "X", "d"),
        ('{"type":"error","code":"X","error":"e"}', "X", "e"),
        ('{"type":"error","code":"X","error":"e","message":"m"}', "X", "m"),
        ('{"type":"error","error":{"code":"X","message":"m"}}', "X", "m"),
        ('{"type":"error","error":{"type":"x","detail":"d"}}', "x", "d"),
        ('{"error":{"text":"no"}}', "error", ""),
        ('{"type":"error","code":401}', "401", ""),
        ('{"type":"error","code":true,"message":{}}', "error", ""),
        ('{"type":"error","message":"m"}', "error", "m"),
        ('{"type":"error"}', "error", ""),
        ('{"code":"UNAUTHORIZED"}', "UNAUTHORIZED", ""),
        ('{"error":"it broke"}', "it broke", ""),
        ('{"type":"other","error":"it broke"}', "it broke", ""),
        ('{"type":"about:blank","title":"t","status":402,"detail":"d"}', "402", "d"),
        ('{"code":"session_rejected","title":"t","status":429}', "session_rejected", "t"),
    ],
)
def test_every_observed_form_of_error_is_read(line: str, code: str, message: str) -> None:
    assert read_server_message(line) == ErrorMessage(code=code, message=message)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('{"type":"other","error":null,"code":null}', "other"),
        ('{"type":"turn_start"}', "turn_start"),
        ('{"text":"no type"}', ""),
        ("{}", ""),
    ],
)
def test_a_message_of_an_unknown_type_is_named(line: str, kind: str) -> None:
    assert read_server_message(line) == UnknownMessage(type=kind)


@pytest.mark.parametrize(("sent", "read"), [("0", 0), ("3", 3), ('"A"', "A"), ("null", None)])
def test_a_speaker_is_a_number_or_a_name(sent: str, read: int | str | None) -> None:
    message = read_server_message(f'{{"type":"transcript","text":"a","speaker_id":{sent}}}')
    assert message == Reson8Transcript(text="a", speaker_id=read)


@pytest.mark.parametrize(
    "line", ["", "hello", "[]", "1", "null", '"text"', pytest.param("[" * 100_000, id="brackets")]
)
def test_a_message_that_is_not_a_json_object_is_a_violation(line: str) -> None:
    with pytest.raises(ProtocolViolationError, match=r"^reson8: a message (is not|has too) "):
        read_server_message(line)
    with pytest.raises(ProtocolViolationError, match=r"^reson8: a message (is not|has too) "):
        read_client_message(line)


@pytest.mark.parametrize("line", ["{}", '{"type":null}', '{"type":"stop"}', '{"type":1}'])
def test_a_client_can_send_only_flushes(line: str) -> None:
    with pytest.raises(ProtocolViolationError, match=r"^reson8: type"):
        read_client_message(line)

"""Scriptix's messages: from JSON to a value and back."""

import json
import re
from pathlib import Path

import pytest

from reading import unread
from wyoming_bridge.errors import ProtocolViolationError
from wyoming_bridge.providers.contract import Unreadable
from wyoming_bridge.providers.scriptix.messages import (
    Action,
    ActionMessage,
    ErrorMessage,
    FinalResult,
    OlderPartial,
    OlderResult,
    PartialResult,
    ResultWord,
    ServerMessage,
    ServiceState,
    StateMessage,
    UnknownMessage,
)
from wyoming_bridge.providers.scriptix.reader import read_client_message, read_server_message

FIXTURES = Path(__file__).parents[1] / "fixtures" / "scriptix"


def examples(name: str) -> list[str]:
    """Return the examples of a page, without the line with its source."""
    return (FIXTURES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[1:]


CONNECTION = examples("websocket_connection")
START = examples("start_a_connection")
FLOW = examples("example_flow")
STOPPING = examples("stopping")

PARTIAL = {"text": "hi", "is_final": False, "offset_ms": 100, "stability": 0.6}
FINAL = {
    "text": "hi",
    "is_final": True,
    "offset_ms": 100,
    "words": [["hi", 0, 200, 0.9]],
    "speaker": "Speaker 1",
}


@pytest.mark.parametrize("line", [CONNECTION[0], STOPPING[0]])
def test_a_clients_example_reads_and_writes_the_same(line: str) -> None:
    assert json.loads(read_client_message(line).to_json()) == json.loads(line)


@pytest.mark.parametrize("line", [*CONNECTION[1:], *START, *FLOW, STOPPING[1]])
def test_a_servers_example_reads_and_writes_the_same(line: str) -> None:
    message = read_server_message(line)
    assert not isinstance(message, UnknownMessage)
    assert json.loads(message.to_json()) == json.loads(line)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (CONNECTION[1], StateMessage(state=ServiceState.LOADING)),
        (CONNECTION[2], StateMessage(state=ServiceState.LISTENING)),
        (
            CONNECTION[3],
            PartialResult(text="partial transcription text", offset_ms=1500, stability=0.85),
        ),
        (
            CONNECTION[4],
            FinalResult(
                text="complete transcription text",
                offset_ms=2500,
                words=(
                    ResultWord(text="word1", start_ms=0, end_ms=500, confidence=0.95),
                    ResultWord(text="word2", start_ms=600, end_ms=800, confidence=0.92),
                ),
                speaker="Speaker 1",
            ),
        ),
        (CONNECTION[5], ErrorMessage(error="error description")),
        (STOPPING[1], StateMessage(state=ServiceState.STOPPED)),
    ],
)
def test_each_kind_of_server_message_is_recognised(line: str, message: ServerMessage) -> None:
    assert read_server_message(line) == message


def test_the_leading_space_of_a_word_is_kept_by_the_message() -> None:
    message = read_server_message(START[1])
    assert isinstance(message, FinalResult)
    assert message.words[0] == ResultWord(text=" hi", start_ms=0, end_ms=200, confidence=0.95)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (ActionMessage(action=Action.START), '{"action":"start"}'),
        (ActionMessage(action=Action.STOP), '{"action":"stop"}'),
        (StateMessage(state=ServiceState.STOPPED), '{"state":"stopped"}'),
        (StateMessage(state=ServiceState.LISTENING, session_id="s"), '{"state":"listening"}'),
        (
            PartialResult(text="één", offset_ms=0),
            '{"text":"één","is_final":false,"offset_ms":0}',
        ),
        (
            FinalResult(text="", offset_ms=7),
            '{"text":"","is_final":true,"offset_ms":7,"words":[]}',
        ),
        (ErrorMessage(error='a "quote"'), '{"error":"a \\"quote\\""}'),
    ],
)
def test_messages_are_written_as_compact_json(
    message: ActionMessage | StateMessage | PartialResult | FinalResult | ErrorMessage, text: str
) -> None:
    assert message.to_json() == text


@pytest.mark.parametrize(
    ("message", "field", "value"),
    [
        (PARTIAL, "text", None),
        (PARTIAL, "text", 1),
        (PARTIAL, "is_final", "no"),
        (PARTIAL, "is_final", 2),
        (PARTIAL, "offset_ms", "100"),
        (PARTIAL, "offset_ms", True),
        (PARTIAL, "offset_ms", float("nan")),
        (PARTIAL, "offset_ms", float("inf")),
        (PARTIAL, "stability", "high"),
        (PARTIAL, "stability", True),
        (FINAL, "text", ["hi"]),
        (FINAL, "words", "hi"),
        (FINAL, "words", {"hi": 1}),
        (FINAL, "words", ["hi"]),
        (FINAL, "words", [{"text": "hi"}]),
        (FINAL, "speaker", 1),
        ({"state": "loading"}, "state", 1),
        ({"state": "listening"}, "session_id", 1),
    ],
)
def test_a_field_of_the_wrong_type_is_left_out_and_named(
    message: dict[str, object], field: str, value: object
) -> None:
    assert re.match(
        rf"{field} must be .*, got ",
        unread(read_server_message, json.dumps(message | {field: value})),
    )


@pytest.mark.parametrize(
    ("word", "field"),
    [
        ([], "word"),
        ([None, 0, 200, 0.9], "word"),
        ([1, 0, 200, 0.9], "word"),
        (["half \ud83d", 0, 200, 0.9], "word"),
        (["hi", "0", 200, 0.9], "start_ms"),
        (["hi", True, 200, 0.9], "start_ms"),
        (["hi", float("nan"), 200, 0.9], "start_ms"),
        (["hi", 0, float("inf"), 0.9], "end_ms"),
        (["hi", 0, 200, "0.9"], "confidence"),
        (["hi", 0, 200, 10**400], "confidence"),
    ],
)
def test_an_unreadable_field_of_a_word_is_left_out_and_named(
    word: list[object], field: str
) -> None:
    assert re.match(
        rf"{field} must be .*, got ",
        unread(read_server_message, json.dumps(FINAL | {"words": [word]})),
    )


@pytest.mark.parametrize("word", [["hi"], ["hi", 0], ["hi", None, 200, None], ["hi", 0, 200]])
def test_a_word_may_have_only_its_text(word: list[object]) -> None:
    line = json.dumps(FINAL | {"words": [word]})
    message = read_server_message(line)
    assert isinstance(message, FinalResult)
    assert [each.text for each in message.words] == ["hi"]
    assert unread(read_server_message, line) == ""


@pytest.mark.parametrize("is_final", [True, False])
def test_a_result_without_text_cannot_be_read(is_final: bool) -> None:  # noqa: FBT001 - a test parameter
    message = read_server_message(json.dumps({"is_final": is_final, "text": None}))
    assert message == Unreadable(why="text must be a string, got null", is_final=is_final)


def test_half_a_character_is_left_out_of_a_text() -> None:
    line = json.dumps(PARTIAL | {"text": "go \ud83d"})
    message = read_server_message(line)
    assert isinstance(message, PartialResult)
    assert message.text == "go "
    assert unread(read_server_message, line) == "text has half a surrogate pair"


@pytest.mark.parametrize("line", ['{"text":"hi","is_final":false}', json.dumps(PARTIAL)])
def test_the_numbers_of_a_partial_may_be_missing(line: str) -> None:
    assert isinstance(read_server_message(line), PartialResult)


@pytest.mark.parametrize("field", ["offset_ms", "stability"])
def test_the_numbers_of_a_partial_may_be_null(field: str) -> None:
    message = read_server_message(json.dumps(PARTIAL | {field: None}))
    assert isinstance(message, PartialResult)


@pytest.mark.parametrize("rest", [{}, {"words": None, "speaker": None, "offset_ms": None}])
def test_a_final_may_have_only_text(rest: dict[str, object]) -> None:
    line = json.dumps({"text": "hi", "is_final": True} | rest)
    assert read_server_message(line) == FinalResult(text="hi", offset_ms=None)


def test_fractions_of_milliseconds_are_rounded() -> None:
    word = ["hi", 0.4, 199.6, 1]
    message = read_server_message(json.dumps(FINAL | {"offset_ms": 99.7, "words": [word]}))
    assert isinstance(message, FinalResult)
    assert message.offset_ms == 100
    assert message.words == (ResultWord(text="hi", start_ms=0, end_ms=200, confidence=1.0),)


def test_entries_after_the_confidence_of_a_word_are_ignored() -> None:
    message = read_server_message(json.dumps(FINAL | {"words": [["hi", 0, 200, 0.9, "new"]]}))
    assert isinstance(message, FinalResult)
    assert len(message.words) == 1


def test_listening_may_have_a_session_id() -> None:
    line = '{"state":"listening","session_id":"abc"}'
    assert read_server_message(line) == StateMessage(state=ServiceState.LISTENING, session_id="abc")


def test_a_message_with_an_error_and_other_fields_is_an_error() -> None:
    assert read_server_message('{"error":"no","state":"loading"}') == ErrorMessage(error="no")


def test_a_message_with_the_error_null_is_not_an_error() -> None:
    assert isinstance(read_server_message(json.dumps(PARTIAL | {"error": None})), PartialResult)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('{"state":"dreaming"}', "state dreaming"),
        ("{}", "message without state, error or result"),
        ('{"text":"hi"}', "message without state, error or result"),
        ('{"partial":null,"text":"hi"}', "message without state, error or result"),
        ('{"state":null,"error":null,"is_final":null}', "message without state, error or result"),
    ],
)
def test_a_message_of_an_unknown_kind_is_named_and_not_a_violation(line: str, kind: str) -> None:
    assert read_server_message(line) == UnknownMessage(kind=kind)


@pytest.mark.parametrize(
    "line", ["", "hello", "[]", "1", "null", '"text"', pytest.param("[" * 100_000, id="brackets")]
)
def test_a_message_that_is_not_a_json_object_is_a_violation(line: str) -> None:
    with pytest.raises(ProtocolViolationError, match=r"^scriptix: a message (is not|has too) "):
        read_server_message(line)
    with pytest.raises(ProtocolViolationError, match=r"^scriptix: a message (is not|has too) "):
        read_client_message(line)


@pytest.mark.parametrize("line", ["{}", '{"action":null}', '{"action":"pause"}', '{"action":1}'])
def test_an_unknown_action_is_a_violation_that_names_the_field(line: str) -> None:
    with pytest.raises(ProtocolViolationError, match=r"^scriptix: action"):
        read_client_message(line)


def test_the_error_does_not_quote_an_unreadable_message() -> None:
    with pytest.raises(ProtocolViolationError, match="is not JSON") as caught:
        read_server_message("<html>" + "x" * 10_000)
    assert "<html>" not in str(caught.value)


OLDER = '{"result":[["hi",100,300,0.9],["there",300,700,0.8]],"text":"hi there","speaker":"S1"}'


def test_an_older_final_reads_and_writes_the_same() -> None:
    message = read_server_message(OLDER)

    assert message == OlderResult(
        text="hi there",
        words=(
            ResultWord(text="hi", start_ms=100, end_ms=300, confidence=0.9),
            ResultWord(text="there", start_ms=300, end_ms=700, confidence=0.8),
        ),
        speaker="S1",
    )
    assert message.to_json() == OLDER


def test_an_older_partial_reads_and_writes_the_same() -> None:
    message = read_server_message('{"partial":"hi"}')

    assert message == OlderPartial(text="hi")
    assert message.to_json() == '{"partial":"hi"}'


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('{"partial":1}', "partial"),
        ('{"result":1,"text":"hi"}', "result"),
        ('{"result":[[1]],"text":"hi"}', "word"),
        ('{"result":[]}', "text"),
    ],
)
def test_an_unreadable_field_of_an_older_result_is_named(line: str, field: str) -> None:
    why = unread(read_server_message, line)
    assert re.match(rf"{field} must be .*, got ", why)


@pytest.mark.parametrize(
    ("text", "why"),
    [("hi", "is_final must be true or false"), (5, "text must be a string, got a number")],
)
def test_a_result_that_may_be_a_final_cannot_be_read(text: object, why: str) -> None:
    message = read_server_message(json.dumps({"text": text, "is_final": "no", "offset_ms": 0}))
    assert message == Unreadable(why=why, is_final=True)

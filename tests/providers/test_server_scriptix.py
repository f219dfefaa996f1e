"""The local server as Scriptix: who may come in, results, the exact words of the end."""

import json
from collections.abc import Mapping, Sequence

import pytest

from wyoming_bridge.audio import AudioFormat, Encoding
from wyoming_bridge.events import Final, Partial, Word
from wyoming_bridge.providers.contract import Close, End, Feed, HandshakeRequest
from wyoming_bridge.providers.scriptix.server import ScriptixServer

START = '{"action":"start"}'
STOP = '{"action":"stop"}'
TOKENS = frozenset({"right", "also right"})


def accepted(
    query: Mapping[str, Sequence[str]] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    tokens: frozenset[str] = frozenset(),
) -> ScriptixServer:
    """A server that has answered an upgrade, and is open."""
    request = HandshakeRequest(query=query or {}, headers=headers or {})
    server = ScriptixServer.accept(request, tokens=tokens)
    assert isinstance(server, ScriptixServer)
    server.open()
    return server


def started() -> ScriptixServer:
    server = accepted()
    server.receive_message(START)
    server.messages_to_send()
    return server


def sent(server: ScriptixServer) -> list[object]:
    return [json.loads(message) for message in server.messages_to_send()]


def test_without_tokens_everybody_may_come_in() -> None:
    server = accepted()
    assert server.close is None
    assert server.messages_to_send() == []
    assert server.subprotocol is None


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({"token": ["right"]}, {}),
        ({"token": ["also right"]}, {}),
        ({}, {"x-zoom-s2t-key": "right"}),
        ({}, {"x-api-key": "right"}),
        ({}, {"api-key": "right"}),
    ],
)
def test_the_right_token_is_taken_in_each_place(
    query: dict[str, list[str]], headers: dict[str, str]
) -> None:
    server = accepted(query, headers=headers, tokens=TOKENS)
    assert server.close is None
    server.receive_message(START)
    assert server.messages_to_send() == ['{"state":"listening"}']


@pytest.mark.parametrize(
    ("query", "headers", "said"),
    [
        ({}, {}, "Configuration requires authentication token"),
        ({"token": [""]}, {}, "Configuration requires authentication token"),
        ({"token": ["wrong"]}, {}, "Authentication failed: the token is not valid"),
        ({}, {"x-api-key": "wrong"}, "Authentication failed: the token is not valid"),
        ({}, {"authorization": "Bearer right"}, "Configuration requires authentication token"),
        ({"type": ["slow"], "token": ["right"]}, {}, "type: allowed is fast or quality"),
    ],
)
def test_who_is_refused_is_told_so_on_the_open_socket(
    query: dict[str, list[str]], headers: dict[str, str], said: str
) -> None:
    server = accepted(query, headers=headers, tokens=TOKENS)
    assert sent(server) == [{"error": said}]
    assert server.close == Close(code=1000)


def test_who_is_refused_gets_nothing_more() -> None:
    server = accepted(tokens=TOKENS)
    server.messages_to_send()
    server.receive_message(START)
    server.receive_message(b"audio")
    assert server.messages_to_send() == []
    assert server.commands_received() == []


@pytest.mark.parametrize("query", [{}, {"type": ["fast"]}, {"type": ["quality"]}, {"type": [""]}])
def test_the_type_may_be_left_out(query: dict[str, list[str]]) -> None:
    assert accepted(query).close is None


def test_audio_may_come_as_a_wav_stream() -> None:
    server = accepted()
    assert server.accepts_wav
    assert server.audio_format == AudioFormat(
        encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=1
    )


def test_the_start_is_answered_with_listening_first() -> None:
    server = accepted()
    server.receive_message(START)
    assert server.messages_to_send() == ['{"state":"listening"}']


def test_only_audio_between_start_and_stop_reaches_the_engine() -> None:
    server = accepted()
    server.receive_message(b"early")
    server.receive_message(START)
    server.receive_message(b"one")
    server.receive_message(b"two")
    server.receive_message(STOP)
    server.receive_message(b"late")
    assert server.commands_received() == [Feed(audio=b"one"), Feed(audio=b"two"), End()]
    assert server.commands_received() == []


@pytest.mark.parametrize("message", ["", "hello", "[]", "{}", '{"action":"pause"}'])
def test_what_is_no_command_is_answered_with_an_error_and_the_session_goes_on(
    message: str,
) -> None:
    server = started()
    server.receive_message(message)
    [answer] = sent(server)
    assert isinstance(answer, dict)
    assert set(answer) == {"error"}
    assert server.close is None
    server.receive_message(b"audio")
    assert server.commands_received() == [Feed(audio=b"audio")]


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        ([STOP], {"error": "stop: not possible now"}),
        ([START, START], {"error": "start: not possible now"}),
        ([START, STOP, STOP], {"error": "stop: not possible now"}),
        ([START, STOP, START], {"error": "start: not possible now"}),
    ],
)
def test_a_command_out_of_turn_is_answered_with_an_error(
    commands: list[str], answer: dict[str, str]
) -> None:
    server = accepted()
    for command in commands:
        server.receive_message(command)
    assert sent(server)[-1] == answer
    assert server.close is None


def test_partials_share_the_offset_of_their_segment_and_grow_stable() -> None:
    server = started()
    for text in ("turn", "turn on", "turn off the"):
        server.report(Partial(text=text))
    assert sent(server) == [
        {"text": "turn", "is_final": False, "offset_ms": 0, "stability": 0.0},
        {"text": "turn on", "is_final": False, "offset_ms": 0, "stability": 0.5},
        {"text": "turn off the", "is_final": False, "offset_ms": 0, "stability": 0.33},
    ]


def test_a_stability_that_the_engine_knows_is_sent() -> None:
    server = started()
    server.report(Partial(text="turn", stability=0.75))
    assert sent(server) == [{"text": "turn", "is_final": False, "offset_ms": 0, "stability": 0.75}]


def test_a_final_has_words_that_count_from_its_offset() -> None:
    server = started()
    server.report(Final(text="one", end_ms=1000))
    words = (
        Word(text="two", start_ms=1100, end_ms=1500, confidence=0.98765432),
        Word(text="three", start_ms=1500, end_ms=2000),
    )
    server.report(Final(text="two three", words=words, end_ms=2000, speaker="Speaker 1"))
    server.report(Partial(text="four"))
    assert sent(server) == [
        {"text": "one", "is_final": True, "offset_ms": 0, "words": []},
        {
            "text": "two three",
            "is_final": True,
            "offset_ms": 1000,
            "words": [[" two", 100, 500, 0.9877], [" three", 500, 1000, 1.0]],
            "speaker": "Speaker 1",
        },
        {"text": "four", "is_final": False, "offset_ms": 2000, "stability": 0.0},
    ]


def test_words_without_times_do_not_begin_before_their_segment() -> None:
    server = started()
    server.report(Final(text="one", end_ms=1000))
    server.report(Final(text="two", words=(Word(text="two"),)))
    assert sent(server)[1] == {
        "text": "two",
        "is_final": True,
        "offset_ms": 1000,
        "words": [[" two", 0, 0, 1.0]],
    }


def test_the_stability_of_a_new_segment_begins_anew() -> None:
    server = started()
    server.report(Partial(text="turn on"))
    server.report(Final(text="turn on", end_ms=500))
    server.report(Partial(text="turn on"))
    assert sent(server)[-1] == {
        "text": "turn on",
        "is_final": False,
        "offset_ms": 500,
        "stability": 0.0,
    }


@pytest.mark.parametrize("result", [Partial(text=""), Partial(text="  "), Final(text="")])
def test_nothing_is_sent_for_silence(result: Partial | Final) -> None:
    server = started()
    server.report(result)
    assert server.messages_to_send() == []


@pytest.mark.parametrize(("text", "count"), [("", 1), ("the end", 2)])
def test_after_the_last_final_comes_stopped_letter_by_letter_and_the_close(
    text: str, count: int
) -> None:
    server = started()
    server.receive_message(STOP)
    assert server.messages_to_send() == []
    server.report(Final(text=text))
    messages = server.messages_to_send()
    assert len(messages) == count
    assert messages[-1] == '{"state":"stopped"}'
    assert server.close == Close(code=1000)


def test_an_engine_that_fails_is_told_in_its_words() -> None:
    server = started()
    server.fail("the engine broke")
    assert server.messages_to_send() == ['{"error":"the engine broke"}']
    assert server.close == Close(code=1000)


def test_all_json_is_compact() -> None:
    server = started()
    server.report(Partial(text="a b"))
    server.report(Final(text="a b", words=(Word(text="a"), Word(text="b"))))
    for message in server.messages_to_send():
        assert message == json.dumps(json.loads(message), separators=(",", ":"))

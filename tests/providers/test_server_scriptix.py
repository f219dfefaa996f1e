"""The local server as Scriptix: who may come in, results, the exact words of the end."""

import json
from collections.abc import Mapping, Sequence

import pytest

from faces import service
from wyoming_bridge.audio import AudioFormat, Encoding
from wyoming_bridge.errors import MediaError, MediaProblem
from wyoming_bridge.events import Final, Partial, Word
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.faces import ScriptixFace
from wyoming_bridge.media.container import Container
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.scriptix.behaviour import ScriptixBehaviour
from wyoming_bridge.providers.serving import Close, Cut, End, Feed, ServerProtocol, ServerRequest

START = '{"action":"start"}'
STOP = '{"action":"stop"}'
TOKENS = frozenset({"right", "also right"})


def accepted(
    query: Mapping[str, Sequence[str]] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    tokens: frozenset[str] = frozenset(),
) -> ServerProtocol:
    """A server that has answered an upgrade, and is open."""
    request = ServerRequest(query=query or {}, headers=headers or {})
    server = service("scriptix", tokens=tokens)(request, 0)
    assert not isinstance(server, HttpAnswer)
    server.open(now=0)
    return server


def started() -> ServerProtocol:
    server = accepted()
    server.receive_message(START, now=0)
    server.messages_to_send()
    return server


def sent(server: ServerProtocol) -> list[object]:
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
    server.receive_message(START, now=0)
    assert server.messages_to_send() == ['{"state":"listening"}']


@pytest.mark.parametrize(
    ("query", "headers", "said"),
    [
        ({}, {}, "Missing Token: Configuration requires authentication token"),
        ({"token": [""]}, {}, "Missing Token: Configuration requires authentication token"),
        ({"token": ["wrong"]}, {}, "Authentication failed: the token is not valid"),
        ({}, {"x-api-key": "wrong"}, "Authentication failed: the token is not valid"),
        (
            {},
            {"authorization": "Bearer right"},
            "Missing Token: Configuration requires authentication token",
        ),
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
    server.receive_message(START, now=0)
    server.receive_message(b"audio", now=0)
    assert server.messages_to_send() == []
    assert server.commands_received() == []


@pytest.mark.parametrize("query", [{}, {"type": ["fast"]}, {"type": ["quality"]}, {"type": [""]}])
def test_the_type_may_be_left_out(query: dict[str, list[str]]) -> None:
    assert accepted(query).close is None


def test_audio_may_come_as_a_wav_stream() -> None:
    server = accepted()
    assert server.containers == {Container.WAV}
    assert server.audio_format == AudioFormat(
        encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=1
    )


def test_the_start_is_answered_with_listening_first() -> None:
    server = accepted()
    server.receive_message(START, now=0)
    assert server.messages_to_send() == ['{"state":"listening"}']


def test_only_audio_between_start_and_stop_reaches_the_engine() -> None:
    server = accepted()
    server.receive_message(b"early", now=0)
    server.receive_message(START, now=0)
    server.receive_message(b"one", now=0)
    server.receive_message(b"two", now=0)
    server.receive_message(STOP, now=0)
    server.receive_message(b"late", now=0)
    assert server.commands_received() == [Feed(audio=b"one"), Feed(audio=b"two"), End()]
    assert server.commands_received() == []


@pytest.mark.parametrize("message", ["", "hello", "[]", "{}", '{"action":"pause"}'])
def test_what_is_no_command_is_answered_with_an_error_and_the_session_goes_on(
    message: str,
) -> None:
    server = started()
    server.receive_message(message, now=0)
    [answer] = sent(server)
    assert isinstance(answer, dict)
    assert set(answer) == {"error"}
    assert server.close is None
    server.receive_message(b"audio", now=0)
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
        server.receive_message(command, now=0)
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
    server.receive_message(STOP, now=0)
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


PCM = bytes(3200)
"""100 ms, as the socket lets the server hear it."""


def opened(now: float = 0.0, **behaviour: object) -> ServerProtocol:
    accept = service("scriptix", behaviour=Behaviour(scriptix=ScriptixBehaviour(**behaviour)))
    server = accept(ServerRequest(query={}, headers={}), now)
    assert not isinstance(server, HttpAnswer)
    server.open(now=now)
    return server


def test_who_does_not_start_in_time_is_told_so() -> None:
    server = opened(now=100.0)
    assert server.next_timeout() == 115.0
    server.handle_timeout(now=115.0)

    text = "Connection Timeout: Server unable to connect within 15 seconds"
    assert sent(server) == [{"error": text}]
    assert server.close == Close(code=1000)


def test_who_has_started_has_all_the_time() -> None:
    server = opened()
    server.receive_message(START, now=1.0)

    assert server.next_timeout() is None


def test_a_model_that_loads_hears_nothing_before_it_listens() -> None:
    server = opened(loading_s=2)
    server.receive_message(START, now=1.0)
    server.receive_message(b"early", now=1.5)
    assert sent(server) == [{"state": "loading"}]
    assert server.next_timeout() == 3.0
    server.handle_timeout(now=3.0)
    server.receive_message(b"audio", now=3.1)

    assert sent(server) == [{"state": "listening"}]
    assert server.commands_received() == [Feed(audio=b"audio")]


def test_a_shutdown_is_announced_behind_listening() -> None:
    server = opened(shutting_down_at=1_800_000_000)
    server.receive_message(START, now=0.0)

    assert sent(server) == [
        {"state": "listening"},
        {"state": "shutting_down", "at": 1_800_000_000},
    ]


def test_many_words_ask_for_a_final_once() -> None:
    server = opened(final_words=3)
    server.receive_message(START, now=0.0)
    server.report(Partial(text="one two"))
    server.hear(PCM, now=0.0)
    assert server.commands_received() == []
    server.report(Partial(text="one two three"))
    server.hear(PCM, now=0.0)
    server.report(Partial(text="one two three four"))
    server.hear(PCM, now=0.0)
    assert server.commands_received() == [Cut()]
    server.report(Final(text="one two three", end_ms=100))
    server.report(Partial(text="four five six"))
    server.hear(PCM, now=0.0)

    assert server.commands_received() == [Cut()]


def test_much_audio_asks_for_a_final() -> None:
    server = opened(final_s=1)
    server.receive_message(START, now=0.0)
    for _ in range(20):
        server.hear(PCM, now=0.0)

    assert server.commands_received() == [Cut(), Cut()]


def test_only_the_final_that_answers_the_stop_ends_the_session() -> None:
    server = opened(final_words=1)
    server.receive_message(START, now=0.0)
    server.report(Partial(text="one"))
    server.hear(PCM, now=0.0)
    server.receive_message(STOP, now=0.0)
    server.report(Final(text="one"))
    assert server.close is None
    server.report(Final(text=""))

    assert server.close == Close(code=1000)
    assert sent(server)[-1] == {"state": "stopped"}


def test_older_results_have_the_older_shape() -> None:
    server = opened(result_shape="older")
    server.receive_message(START, now=0.0)
    server.messages_to_send()
    server.report(Partial(text="turn"))
    server.report(Final(text="first", end_ms=1000))
    words = (Word(text="turn", start_ms=1200, end_ms=1400, confidence=0.5),)
    server.report(Final(text="turn", words=words, end_ms=1400, speaker="S1"))

    assert sent(server) == [
        {"partial": "turn"},
        {"result": [], "text": "first"},
        {"result": [[" turn", 1200, 1400, 0.5]], "text": "turn", "speaker": "S1"},
    ]


class TestStream:
    def stream(self, **behaviour: object) -> ServerProtocol:
        face = ScriptixFace(tokens=frozenset(), behaviour=ScriptixBehaviour(**behaviour))
        request = ServerRequest(
            query={"url": ["http://h/x.mp3"]}, headers={}, place={"token": "any"}
        )
        server = face.accept_stream(request, 0.0)
        assert not isinstance(server, HttpAnswer)
        server.open(now=0.0)
        return server

    def test_it_listens_at_once_and_names_what_is_to_be_fetched(self) -> None:
        server = self.stream()

        assert server.source_url == "http://h/x.mp3"
        assert sent(server) == [{"state": "listening"}]

    def test_the_end_of_the_stream_is_the_end_of_the_session(self) -> None:
        server = self.stream()
        server.messages_to_send()
        server.source_ended()
        assert server.commands_received() == [End()]
        server.report(Final(text="hi"))

        assert [message for message in sent(server) if isinstance(message, dict)][-1] == {
            "state": "stopped"
        }
        assert server.close == Close(code=1000)

    def test_a_client_may_stop_it_once(self) -> None:
        server = self.stream()
        server.receive_message(STOP, now=0.0)
        server.receive_message(STOP, now=0.0)
        server.source_ended()
        server.hear(PCM, now=0.0)

        assert server.commands_received() == [End()]

    def test_audio_from_the_client_means_nothing(self) -> None:
        server = self.stream()
        server.receive_message(b"audio", now=0.0)

        assert server.commands_received() == []

    @pytest.mark.parametrize("problem", list(MediaProblem))
    def test_each_problem_has_a_text_of_the_service(self, problem: MediaProblem) -> None:
        server = self.stream()
        server.messages_to_send()
        server.source_failed(MediaError("h/x.mp3 is odd", problem=problem))
        [said] = sent(server)

        assert isinstance(said, dict)
        assert said["error"].endswith(" (h/x.mp3 is odd)")
        assert ": " in said["error"]
        assert server.close == Close(code=1000)

    def test_silence_is_given_up_only_where_it_is_told_to_be(self) -> None:
        patient, strict = self.stream(), self.stream(stream_silence_s=1)
        for server in (patient, strict):
            for _ in range(50):
                server.hear(PCM, now=0.0)

        assert patient.close is None
        assert strict.close == Close(code=1000)

    def test_a_word_makes_the_silence_begin_anew(self) -> None:
        server = self.stream(stream_silence_s=1)
        for number in range(15):
            server.report(Partial(text=f"word {number}"))
            server.hear(PCM, now=0.0)

        assert server.close is None

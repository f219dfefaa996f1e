"""The emulated Scriptix: its commands, from the start to the stop."""

import pytest

from scriptix_servers import PCM, START, STOP, accepted, sent, started
from wyoming_bridge.events import FinalText, PartialText
from wyoming_bridge.providers.serving import Close, End, Feed


def test_a_session_without_a_start_in_time_gets_an_error() -> None:
    server = accepted(now=100.0)
    assert server.next_timeout() == 115.0
    server.handle_timeout(now=115.0)

    text = "Connection Timeout: Server unable to connect within 15 seconds"
    assert sent(server) == [{"error": text}]
    assert server.close == Close(code=1000)


def test_a_started_session_has_no_timeout() -> None:
    server = accepted()
    server.receive_message(START, now=1.0)

    assert server.next_timeout() is None


def test_the_start_is_answered_with_listening_first() -> None:
    server = accepted()
    server.receive_message(START, now=0)
    assert server.messages_to_send() == ['{"state":"listening"}']


def test_audio_while_the_model_loads_is_ignored() -> None:
    server = accepted(loading_s=2)
    server.receive_message(START, now=1.0)
    server.receive_message(b"early", now=1.5)
    assert sent(server) == [{"state": "loading"}]
    assert server.next_timeout() == 3.0
    server.handle_timeout(now=3.0)
    server.receive_message(b"audio", now=3.1)

    assert sent(server) == [{"state": "listening"}]
    assert server.commands_received() == [Feed(audio=b"audio")]


def test_a_shutdown_is_announced_after_listening() -> None:
    server = accepted(shutting_down_at=1_800_000_000)
    server.receive_message(START, now=0.0)

    assert sent(server) == [
        {"state": "listening"},
        {"state": "shutting_down", "at": 1_800_000_000},
    ]


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
def test_an_invalid_command_gets_an_error_and_the_session_continues(
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
        ([STOP], {"error": "action: stop is not allowed before start"}),
        ([START, START], {"error": "action: start is not allowed after start"}),
        ([START, STOP, STOP], {"error": "action: stop is not allowed after stop"}),
        ([START, STOP, START], {"error": "action: start is not allowed after stop"}),
    ],
)
def test_a_command_in_the_wrong_state_gets_an_error(
    commands: list[str], answer: dict[str, str]
) -> None:
    server = accepted()
    for command in commands:
        server.receive_message(command, now=0)
    assert sent(server)[-1] == answer
    assert server.close is None


@pytest.mark.parametrize(("text", "count"), [("", 1), ("the end", 2)])
def test_after_the_last_final_text_the_exact_stopped_message_and_the_close_are_sent(
    text: str, count: int
) -> None:
    server = started()
    server.receive_message(STOP, now=0)
    assert server.messages_to_send() == []
    server.report(FinalText(text=text))
    messages = server.messages_to_send()
    assert len(messages) == count
    assert messages[-1] == '{"state":"stopped"}'
    assert server.close == Close(code=1000)


def test_only_the_final_text_that_answers_the_stop_ends_the_session() -> None:
    server = accepted(final_words=1)
    server.receive_message(START, now=0.0)
    server.report(PartialText(text="one"))
    server.hear(PCM, now=0.0)
    server.receive_message(STOP, now=0.0)
    server.report(FinalText(text="one"))
    assert server.close is None
    server.report(FinalText(text=""))

    assert server.close == Close(code=1000)
    assert sent(server)[-1] == {"state": "stopped"}


def test_the_failure_of_the_engine_is_sent_with_its_text() -> None:
    server = started()
    server.fail("the engine broke")
    assert server.messages_to_send() == ['{"error":"the engine broke"}']
    assert server.close == Close(code=1000)

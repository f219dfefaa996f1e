"""The emulated Reson8 with turns, without a socket."""

import json

import pytest

from reson8_servers import FLUSH, asked
from wyoming_bridge.events import FinalText, PartialText, Word
from wyoming_bridge.providers.account import Account
from wyoming_bridge.providers.reson8.behaviour import Reson8Behaviour
from wyoming_bridge.providers.reson8.session import SessionSetup
from wyoming_bridge.providers.reson8.turns import TurnProbabilities, TurnServer, silence_ms_of
from wyoming_bridge.providers.server_request import ServerRequest
from wyoming_bridge.providers.serving import Close, EndSegment


@pytest.fixture
def sentence(sample) -> bytes:
    """Return 1.8 s of speech without a pause."""
    return sample("something")[32 * 450 : 32 * 2250]


def probabilities(**query: str) -> TurnProbabilities:
    request = ServerRequest(query={name: [value] for name, value in query.items()}, headers={})
    return TurnProbabilities(request)


def accepted(**query: str) -> TurnServer:
    server = TurnServer(
        SessionSetup(
            query=asked(**query),
            subprotocol=None,
            language="en",
            bias_terms=(),
            behaviour=Reson8Behaviour(),
            account=Account(),
        ),
        probabilities=probabilities(),
    )
    server.open(now=0)
    return server


def sent(server: TurnServer) -> list[dict]:
    return [json.loads(message) for message in server.messages_to_send()]


def kinds(server: TurnServer) -> list[str]:
    return [message["type"] for message in sent(server)]


def feed(server: TurnServer, pcm: bytes) -> int:
    """Feed audio in pieces of 100 ms. Return how often the server ended a segment."""
    ended = 0
    for start in range(0, len(pcm), 3200):
        server.hear(pcm[start : start + 3200], now=0)
        ended += server.commands_received().count(EndSegment())
    return ended


def final(text: str, *, start_ms: int = 0) -> FinalText:
    word = Word(text=text, start_ms=start_ms, end_ms=start_ms + 200, confidence=0.9)
    words = (word,) if text else ()
    return FinalText(text=text, words=words, start_ms=start_ms, end_ms=start_ms + 500)


@pytest.mark.parametrize(
    ("probability", "silence_ms"),
    [(0, 100), (0.5, 274), (0.7, 477), (0.92, 1000), (0.99, 1823), (1, 10_000)],
)
def test_a_higher_probability_needs_a_longer_silence(probability: float, silence_ms: int) -> None:
    assert silence_ms_of(probability, default_s=1) == silence_ms


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            {"eager_turn_probability": "-0.1"},
            "eager_turn_probability: must be a number from 0 to 1",
        ),
        (
            {"final_turn_probability": "true"},
            "final_turn_probability: must be a number from 0 to 1",
        ),
        (
            {"eager_turn_probability": "0.8", "final_turn_probability": "0.7"},
            "eager_turn_probability: must be at most final_turn_probability, which is 0.7, got 0.8",
        ),
    ],
)
def test_a_wrong_probability_is_refused(query: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        probabilities(**query)


def test_an_end_that_is_due_waits_for_the_text(sentence: bytes) -> None:
    server = accepted()
    assert feed(server, sentence + bytes(64_000)) == 1
    assert kinds(server) == ["turn_start"]
    server.report(PartialText(text="turn"))
    server.report(final("turn on"))

    assert sent(server) == [
        {"type": "turn_end_candidate", "text": "turn on"},
        {"type": "turn_end"},
    ]


def test_speech_before_the_text_of_a_pause_is_not_a_continuation(sentence: bytes) -> None:
    server = accepted()
    feed(server, sentence + bytes(16_000))
    feed(server, sentence)
    server.report(final("turn on"))
    feed(server, bytes(64_000))
    server.report(final("the light", start_ms=1500))

    assert sent(server) == [
        {"type": "turn_start"},
        {"type": "turn_end_candidate", "text": "turn on the light"},
        {"type": "turn_end"},
    ]


def test_a_flush_without_a_turn_sends_nothing() -> None:
    server = accepted()
    server.receive_message(FLUSH, now=0)
    server.report(final(""))

    assert sent(server) == []


def test_a_flush_after_a_candidate_ends_the_turn(sentence: bytes) -> None:
    server = accepted()
    feed(server, sentence + bytes(16_000))
    server.report(final("turn on"))
    server.receive_message(FLUSH, now=0)
    server.report(final(""))

    assert kinds(server) == ["turn_start", "turn_end_candidate", "turn_end"]


def test_a_new_turn_has_only_its_own_text() -> None:
    server = accepted()
    for text in ("turn on", "turn off"):
        server.receive_message(FLUSH, now=0)
        server.report(final(text))

    texts = [message["text"] for message in sent(server) if "text" in message]
    assert texts == ["turn on", "turn off"]


def test_a_message_that_is_not_a_flush_is_an_error_and_the_session_continues() -> None:
    server = accepted()
    server.receive_message('{"type": "stop"}', now=0)

    assert [message["code"] for message in sent(server)] == ["INVALID_REQUEST"]
    assert server.close is None


def test_the_failure_of_the_engine_ends_the_session_at_once() -> None:
    server = accepted()
    server.receive_message(FLUSH, now=0)
    server.fail("no room", code="resource_exhausted")

    assert [message["code"] for message in sent(server)] == ["TOO_MANY_REQUESTS"]
    assert server.close == Close(code=1011, reason="TOO_MANY_REQUESTS")

"""The emulated vLLM: one generation at a time, as observed with vLLM's own code."""

import base64
import json

import pytest

from sessions import noise
from wyoming_bridge.local.engines.scripted import scripted_words
from wyoming_bridge.providers.account import Account
from wyoming_bridge.providers.openai.behaviour import OpenAIBehaviour
from wyoming_bridge.providers.openai.server import SessionSetup, VllmServer
from wyoming_bridge.testing.engine import InstantEngine

Json = dict[str, object]


class Wire:
    """A session with an engine that answers at once."""

    def __init__(self, *, model: str | None = "a-model") -> None:
        behaviour = OpenAIBehaviour(agreeing_partials=1)
        account = Account()
        account.begin(now=0.0)
        self.server = VllmServer(
            SessionSetup(
                language="en", behaviour=behaviour, account=account, unix_time_s=1795887074.5
            )
        )
        self._engine = InstantEngine(self.server)
        self.server.open(now=0.0)
        self.greeting = self.received()
        if model:
            self.send(type="session.update", model=model)

    def send(self, **message: object) -> list[Json]:
        """Send a message, let the engine answer, and return the messages of the server."""
        self.server.receive_message(json.dumps(message), now=0.0)
        self._engine.run_commands()
        return self.received()

    def send_later(self, **message: object) -> list[Json]:
        """Send a message that the engine does not answer yet; return the messages of the server."""
        self.server.receive_message(json.dumps(message), now=0.0)
        return self.received()

    def append(self, pcm: bytes) -> list[Json]:
        return self.send_later(**appended(pcm))

    def run(self) -> list[Json]:
        self._engine.run_commands()
        return self.received()

    def received(self) -> list[Json]:
        return [json.loads(message) for message in self.server.messages_to_send()]


def appended(pcm: bytes) -> Json:
    return {"type": "input_audio_buffer.append", "audio": base64.b64encode(pcm).decode()}


COMMIT = {"type": "input_audio_buffer.commit"}
FINAL = {"type": "input_audio_buffer.commit", "final": True}
SPEECH = noise(1, words=2)
WORDS = " ".join(scripted_words(SPEECH))


def texts(messages: list[Json]) -> list[object]:
    return [each["text"] for each in messages if each["type"] == "transcription.done"]


def test_the_first_message_has_an_id_and_the_time_of_day() -> None:
    [greeting] = Wire().greeting
    assert greeting["type"] == "session.created"
    assert str(greeting["id"]).startswith("sess-")
    assert greeting["created"] == 1795887074


def test_the_right_model_is_not_answered() -> None:
    assert Wire(model=None).send(type="session.update", model="a-model") == []


def test_a_generation_has_deltas_and_its_text() -> None:
    wire = Wire()
    wire.send(**COMMIT)
    deltas = wire.send(**appended(SPEECH))
    done = wire.send(**FINAL)

    assert "".join(str(each["delta"]) for each in deltas) == WORDS
    assert texts(done) == [WORDS]
    assert done[-1]["usage"] == {"prompt_tokens": 0, "total_tokens": 2, "completion_tokens": 2}


def test_audio_before_the_first_commit_waits_for_it() -> None:
    wire = Wire()
    assert wire.send(**appended(SPEECH)) == []
    wire.send(**COMMIT)
    assert texts(wire.send(**FINAL)) == [WORDS]


def test_audio_that_is_sent_before_the_text_is_lost() -> None:
    wire = Wire()
    wire.send(**COMMIT)
    wire.append(SPEECH)
    wire.send_later(**FINAL)
    wire.append(noise(2, words=2))
    wire.send_later(**COMMIT)  # ignored, because a generation is under way
    assert texts(wire.run()) == [WORDS]

    wire.send(**COMMIT)
    assert texts(wire.send(**FINAL)) == [""]


def test_an_end_without_a_generation_ends_the_next_one_at_once() -> None:
    wire = Wire()
    assert wire.send(**FINAL) == []
    wire.append(SPEECH)
    assert texts(wire.send(**COMMIT)) == [WORDS]


@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        ({"type": "session.update", "session": {}}, "invalid_event", "field: model"),
        ({"type": "input_audio_buffer.clear"}, "unknown_event", "clear"),
        ({"type": "input_audio_buffer.append", "audio": ""}, "invalid_audio", "empty"),
        ({"type": "input_audio_buffer.append", "audio": "?"}, "invalid_event", "base64"),
        ({"type": "response.create"}, "invalid_event", "got 'response.create'"),
    ],
)
def test_an_error_is_a_text_with_a_code_and_the_session_continues(
    message: Json, code: str, words: str
) -> None:
    wire = Wire()
    [error] = wire.send(**message)
    assert (error["type"], error["code"]) == ("error", code)
    assert isinstance(error["error"], str)
    assert words in error["error"]
    assert wire.server.close is None


def test_a_commit_needs_a_model() -> None:
    [error] = Wire(model=None).send(**COMMIT)
    assert error["code"] == "model_not_validated"


def test_a_client_that_never_begins_a_generation_is_stopped() -> None:
    wire = Wire()
    minute = bytes(32 * 60_000)
    assert [wire.append(minute), wire.append(minute)] == [[], []]
    [error] = wire.append(minute)
    assert error["error"] == "more than 4194304 bytes of audio wait for a commit"
    assert wire.server.close is not None


def test_an_engine_that_is_busy_is_a_rate_limit() -> None:
    wire = Wire()
    wire.server.fail("max 16 voices", code="resource_exhausted")
    [error] = wire.received()
    assert error == {"type": "error", "error": "max 16 voices", "code": "rate_limit_exceeded"}


def test_binary_messages_are_refused() -> None:
    wire = Wire()
    wire.server.receive_message(b"audio", now=0.0)
    [error] = wire.received()
    assert error["error"] == "a message must be text, got a binary message"

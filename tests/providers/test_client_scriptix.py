"""The Scriptix client: start, listening, results and stop."""

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from wyoming_bridge.errors import (
    AuthenticationError,
    ConnectionLostError,
    LifecycleError,
    RemoteError,
    ServiceError,
)
from wyoming_bridge.events import (
    Failed,
    FinalText,
    Finished,
    PartialText,
    SessionEvent,
    SessionStarted,
    State,
    StateChanged,
    Unrecognised,
    Warned,
    Word,
)
from wyoming_bridge.providers.scriptix import ScriptixSettings
from wyoming_bridge.providers.scriptix.client import ScriptixClient

FIXTURES = Path(__file__).parents[1] / "fixtures" / "scriptix"
START = '{"action":"start"}'
STOP = '{"action":"stop"}'
PCM = bytes(range(250)) * 4


def examples(name: str) -> list[str]:
    """Return the examples of a page, without the line with its source."""
    return (FIXTURES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[1:]


def opened(settings: ScriptixSettings | None = None) -> ScriptixClient:
    client = ScriptixClient(settings or ScriptixSettings())
    client.connect()
    client.receive_open(now=0.0)
    client.events_received()
    return client


def ready() -> ScriptixClient:
    client = opened()
    client.receive_message('{"state":"listening"}', now=0.0)
    client.messages_to_send()
    client.events_received()
    return client


def finishing() -> ScriptixClient:
    client = ready()
    client.finish(now=0.0)
    client.messages_to_send()
    client.events_received()
    return client


def happened(client: ScriptixClient) -> list[SessionEvent]:
    """Return the reported events without changes of the state."""
    return [event for event in client.events_received() if not isinstance(event, StateChanged)]


def failure(client: ScriptixClient) -> RemoteError:
    [failed] = happened(client)
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, RemoteError)
    assert client.state is State.ERROR
    return failed.error


def query(settings: ScriptixSettings) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(ScriptixClient(settings).connect().url).query))


class TestRequest:
    def test_the_address_is_that_of_microphone_mode(self) -> None:
        request = ScriptixClient(ScriptixSettings()).connect()
        assert request.shown_url == "wss://realtime.scriptix.io/v2/realtime"

    def test_the_type_is_always_sent_because_one_page_requires_it(self) -> None:
        assert query(ScriptixSettings()) == {"type": "fast"}
        assert query(ScriptixSettings(type="quality")) == {"type": "quality"}

    @pytest.mark.parametrize("language", ["nl", "nl-BE", "nl_NL", "NL-nl"])
    def test_a_language_is_sent_without_its_region(self, language: str) -> None:
        assert query(ScriptixSettings(language=language))["language"] == "nl"

    def test_the_token_is_sent_in_the_header_of_server_side_clients(self) -> None:
        settings = ScriptixSettings(token="k")
        assert ScriptixClient(settings).connect().headers == {"x-zoom-s2t-key": "k"}
        assert "token" not in query(settings)

    def test_the_token_can_be_sent_in_the_address(self) -> None:
        settings = ScriptixSettings(token="k&k", auth="query")
        assert ScriptixClient(settings).connect().headers == {}
        assert query(settings)["token"] == "k&k"


class TestStart:
    def test_the_first_message_is_the_start_command(self) -> None:
        assert opened().messages_to_send() == [START]

    def test_audio_is_kept_until_the_service_listens(self) -> None:
        client = opened()
        client.send_audio(PCM, now=0.0)
        client.receive_message('{"state":"loading"}', now=0.0)
        client.send_audio(PCM[::-1], now=0.0)
        assert client.messages_to_send() == [START]
        client.receive_message('{"state":"listening"}', now=0.0)
        assert client.messages_to_send() == [PCM, PCM[::-1]]

    def test_loading_is_not_ready(self) -> None:
        client = opened()
        client.receive_message('{"state":"loading"}', now=0.0)
        assert client.state is State.LOADING
        assert happened(client) == []

    def test_listening_starts_the_session(self) -> None:
        client = opened()
        client.receive_message('{"state":"listening","session_id":"s1"}', now=0.0)
        assert happened(client) == [SessionStarted(session_id="s1")]
        assert client.state is State.LISTENING

    @pytest.mark.parametrize("state", ["listening", "loading"])
    def test_a_repeated_state_changes_nothing(self, state: str) -> None:
        client = ready()
        client.receive_message(json.dumps({"state": state}), now=0.0)
        assert client.events_received() == []

    def test_a_flush_is_refused(self) -> None:
        with pytest.raises(LifecycleError, match="scriptix: the service cannot flush"):
            ready().flush("1", now=0.0)


class TestResults:
    def test_the_example_of_a_session_is_reported_in_full(self) -> None:
        client = ready()
        for line in examples("example_flow"):
            client.receive_message(line, now=0.0)
        assert happened(client) == [
            PartialText(text="hi", stability=0.6, start_ms=100),
            PartialText(text="hi how", stability=0.7, start_ms=100),
            PartialText(text="hi how are", stability=0.8, start_ms=100),
            PartialText(text="hi how are you", stability=0.85, start_ms=100),
            FinalText(text="hi how are you doing today", start_ms=100),
            PartialText(text="I'm", stability=0.6, start_ms=2500),
            PartialText(text="I'm doing", stability=0.7, start_ms=2500),
        ]
        assert client.state is State.CONNECTED

    def test_word_times_count_from_the_segments_offset_and_words_lose_their_space(self) -> None:
        client = ready()
        client.receive_message(examples("start_a_connection")[1], now=0.0)
        [final] = happened(client)
        assert isinstance(final, FinalText)
        assert (final.start_ms, final.end_ms) == (1234, 1234 + 1300)
        assert final.words[:2] == (
            Word(text="hi", start_ms=1234, end_ms=1434, confidence=0.95),
            Word(text="how", start_ms=1434, end_ms=1634, confidence=0.92),
        )

    def test_a_speaker_is_reported(self) -> None:
        client = ready()
        client.receive_message(examples("websocket_connection")[4], now=0.0)
        [final] = happened(client)
        assert isinstance(final, FinalText)
        assert final.speaker == "Speaker 1"
        assert {word.speaker for word in final.words} == {"Speaker 1"}

    @pytest.mark.parametrize(
        ("sent", "reported"),
        [(-0.1, 0.0), (0, 0.0), (0.5, 0.5), (1, 1.0), (1.2, 1.0)],
    )
    def test_a_probability_is_from_0_to_1(self, sent: float, reported: float | None) -> None:
        client = ready()
        partial = {"text": "a", "is_final": False, "stability": sent}
        client.receive_message(json.dumps(partial), now=0.0)
        final = {"text": "a", "is_final": True, "words": [["a", 0, 1, sent]]}
        client.receive_message(json.dumps(final), now=0.0)
        heard, settled = happened(client)
        assert isinstance(heard, PartialText)
        assert isinstance(settled, FinalText)
        assert heard.stability == reported
        assert settled.words[0].confidence == reported

    @pytest.mark.parametrize("line", ['{"state":"dreaming"}', '{"text":"hi"}'])
    def test_a_message_of_an_unknown_kind_is_ignored(self, line: str) -> None:
        client = ready()
        client.receive_message(line, now=0.0)
        [event] = client.events_received()
        assert isinstance(event, Unrecognised)

    def test_an_announced_shutdown_is_a_warning(self) -> None:
        client = ready()
        client.receive_message('{"state":"shutting_down","at":1800000000}', now=0.0)
        [warned] = client.events_received()
        assert isinstance(warned, Warned)
        assert "shut down soon (at 1800000000" in warned.text


class TestStop:
    def test_the_finish_is_a_stop_command_after_the_audio(self) -> None:
        client = ready()
        client.send_audio(PCM, now=0.0)
        client.finish(now=0.0)
        assert client.messages_to_send() == [PCM, STOP]

    def test_a_kept_finish_is_sent_after_the_audio(self) -> None:
        client = opened()
        client.send_audio(PCM, now=0.0)
        client.finish(now=0.0)
        client.receive_message('{"state":"listening"}', now=0.0)
        assert client.messages_to_send() == [START, PCM, STOP]

    def test_stopped_ends_the_session(self) -> None:
        client = finishing()
        client.receive_message('{"text":"hi","is_final":true,"offset_ms":0}', now=0.0)
        client.receive_message('{"state":"stopped"}', now=0.0)
        client.receive_close(code=1000, reason="")
        assert happened(client) == [FinalText(text="hi", start_ms=0), Finished()]
        assert client.state is State.CLOSED

    def test_a_normal_close_after_the_last_final_text_finishes_with_a_warning(self) -> None:
        client = finishing()
        client.receive_message('{"text":"hi","is_final":true,"offset_ms":0}', now=0.0)
        client.receive_close(code=1000, reason="")
        _, warned, finished = happened(client)
        assert isinstance(warned, Warned)
        assert finished == Finished()
        assert client.state is State.CLOSED

    @pytest.mark.parametrize("code", [1001, 1006, 1011, None])
    def test_any_other_close_after_the_stop_is_a_lost_connection(self, code: int | None) -> None:
        client = finishing()
        client.receive_close(code=code, reason="")
        assert isinstance(failure(client), ConnectionLostError)

    def test_a_normal_close_without_a_final_text_after_the_stop_is_a_lost_connection(self) -> None:
        client = finishing()
        client.receive_close(code=1000, reason="")
        assert isinstance(failure(client), ConnectionLostError)

    def test_a_normal_close_without_a_stop_is_a_lost_connection(self) -> None:
        client = ready()
        client.receive_close(code=1000, reason="")
        assert isinstance(failure(client), ConnectionLostError)

    def test_a_service_that_stops_without_a_request_has_failed(self) -> None:
        client = ready()
        client.receive_message('{"state":"stopped"}', now=0.0)
        assert isinstance(failure(client), ServiceError)


class TestErrors:
    @pytest.mark.parametrize(
        "text",
        [
            "Configuration requires authentication token",
            "Missing Token",
            "Authentication Required",
            "Unauthorized",
            "invalid API key",
            "invalid api-key",
        ],
    )
    def test_before_listening_a_text_about_the_token_is_an_authentication_error(
        self, text: str
    ) -> None:
        client = opened()
        client.receive_message(json.dumps({"error": text}), now=0.0)
        error = failure(client)
        assert type(error) is AuthenticationError
        assert str(error) == f"scriptix: {text}"
        assert not error.retryable

    @pytest.mark.parametrize("text", ["error description", "no model for this language"])
    def test_another_text_is_a_service_error(self, text: str) -> None:
        client = opened()
        client.receive_message(json.dumps({"error": text}), now=0.0)
        error = failure(client)
        assert type(error) is ServiceError
        assert error.message == text

    @pytest.mark.parametrize("error", ["", True, 17, ["x"], {"x": 1}])
    def test_an_error_without_a_text_is_a_service_error_with_a_default_text(
        self, error: object
    ) -> None:
        client = opened()
        client.receive_message(json.dumps({"error": error}), now=0.0)
        failed = failure(client)
        assert type(failed) is ServiceError
        assert failed.message == "the service reported an error without a text"

    def test_after_listening_no_error_is_about_the_token(self) -> None:
        client = ready()
        client.receive_message('{"error":"unexpected token in the stream"}', now=0.0)
        assert type(failure(client)) is ServiceError

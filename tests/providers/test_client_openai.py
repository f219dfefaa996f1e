"""The client of OpenAI's protocol: its address, its credentials, its limits and its settings."""

from dataclasses import replace

import pytest

from openai_calls import GREETINGS, LOOPBACK, connected, of, receive, sent, websocket
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.errors import AuthenticationError, ConfigError, ConnectError, LifecycleError
from wyoming_bridge.events import (
    Failed,
    FinalText,
    PartialText,
    State,
)
from wyoming_bridge.providers.contract import (
    ConnectRequest,
    HttpAnswer,
    HttpRequest,
)
from wyoming_bridge.providers.openai import OpenAISettings, new_client
from wyoming_bridge.providers.openai.protocol import DialectName


class TestTheAddress:
    @pytest.mark.parametrize(
        ("url", "endpoint"),
        [
            ("wss://api.openai.com", "wss://api.openai.com/v1/realtime"),
            ("wss://api.openai.com/", "wss://api.openai.com/v1/realtime"),
            ("wss://api.openai.com/v1", "wss://api.openai.com/v1/realtime"),
            ("wss://api.openai.com/v1/realtime", "wss://api.openai.com/v1/realtime"),
            ("wss://x.azure.example/openai", "wss://x.azure.example/openai/v1/realtime"),
            ("wss://x.azure.example/openai/v1/", "wss://x.azure.example/openai/v1/realtime"),
        ],
    )
    def test_any_part_of_the_path_can_be_given(self, url: str, endpoint: str) -> None:
        assert websocket(url=url).shown_url == endpoint

    @pytest.mark.parametrize("host", ["api.openai.com", "eu.api.openai.com"])
    def test_openai_gets_no_model_in_the_address(self, host: str) -> None:
        request = websocket(url=f"wss://{host}", model="gpt-transcribe")
        assert request.url == f"wss://{host}/v1/realtime?intent=transcription"

    def test_a_gateway_gets_the_model_in_the_address(self) -> None:
        request = websocket(url="wss://api.openai.com.example", model="org/a model")
        assert request.url.endswith("?intent=transcription&model=org%2Fa+model")

    def test_a_server_on_the_network_needs_tls_or_a_permission(self) -> None:
        with pytest.raises(ConfigError, match="ws:// sends audio and token unencrypted"):
            OpenAISettings(url="ws://nas.local:8000")
        assert OpenAISettings(url="ws://nas.local:8000", plain_ws_hosts=("nas.local",))

    def test_openai_itself_always_needs_tls(self) -> None:
        with pytest.raises(ConfigError, match="must be wss:// for OpenAI"):
            OpenAISettings(url="ws://api.openai.com", plain_ws_hosts=("api.openai.com",))


class TestTheCredentials:
    def test_a_key_is_sent_in_a_header(self) -> None:
        request = websocket(token="k3y")
        assert request.headers == {"Authorization": "Bearer k3y"}
        assert request.subprotocols == ()

    def test_a_client_secret_is_sent_as_a_browser_does(self) -> None:
        request = websocket(token="ek_1", auth="client_secret")
        assert request.headers == {}
        assert request.subprotocols == ("realtime", "openai-insecure-api-key.ek_1")

    def test_a_client_secret_must_suit_a_subprotocol(self) -> None:
        with pytest.raises(ConfigError, match="because auth is client_secret") as caught:
            OpenAISettings(token="a=b", auth="client_secret")
        assert "a=b" not in str(caught.value)

    def test_a_server_without_a_token_gets_none(self) -> None:
        request = websocket(url=LOOPBACK, dialect="nim")
        assert (request.headers, request.subprotocols) == ({}, ())

    def test_nim_issues_a_secret_for_the_token(self) -> None:
        client = new_client(OpenAISettings(url=LOOPBACK, dialect="nim", token="k3y"), None)
        request = client.connect()
        assert isinstance(request, HttpRequest)
        assert (request.method, request.body) == ("POST", "{}")
        assert request.url == "http://127.0.0.1:8000/v1/realtime/transcription_sessions"
        assert request.headers["Authorization"] == "Bearer k3y"

        client.receive_answer(
            HttpAnswer(status=200, body='{"client_secret": {"value": "s3cret"}}'), now=0.0
        )
        upgrade = client.connect()

        assert isinstance(upgrade, ConnectRequest)
        assert upgrade.subprotocols == ("realtime", "realtime-token.s3cret")
        assert client.state is State.CONNECTING

    def test_the_secret_of_a_server_with_tls_is_requested_with_tls(self) -> None:
        client = new_client(OpenAISettings(url="wss://nim.example", dialect="nim", token="k"), None)
        request = client.connect()
        assert isinstance(request, HttpRequest)
        assert request.url.startswith("https://nim.example/")

    @pytest.mark.parametrize("answer", [(404, ""), (405, ""), (200, "{}")])
    def test_an_older_nim_issues_no_secret(self, answer: tuple[int, str]) -> None:
        client = new_client(OpenAISettings(url=LOOPBACK, dialect="nim", token="k3y"), None)
        client.connect()
        client.receive_answer(HttpAnswer(status=answer[0], body=answer[1]), now=0.0)
        upgrade = client.connect()
        assert isinstance(upgrade, ConnectRequest)
        assert upgrade.subprotocols == ()

    @pytest.mark.parametrize(("status", "said"), [(200, "login page"), (401, "web page")])
    def test_a_page_in_place_of_a_secret_is_not_blamed_on_the_server(
        self, status: int, said: str
    ) -> None:
        client = new_client(OpenAISettings(url=LOOPBACK, dialect="nim", token="k3y"), None)
        client.connect()
        page = "<html><title>Welcome to the hotel</title></html>"
        client.receive_answer(HttpAnswer(status=status, body=page), now=0.0)
        [failed] = of(client, Failed)
        assert isinstance(failed, Failed)
        assert type(failed.error) is ConnectError
        assert said in failed.error.message

    def test_a_token_that_nim_refuses_is_an_authentication_error(self) -> None:
        client = new_client(OpenAISettings(url=LOOPBACK, dialect="nim", token="k3y"), None)
        client.connect()
        client.receive_answer(HttpAnswer(status=401, body='{"detail": "k3y?"}'), now=0.0)
        [failed] = of(client, Failed)
        assert isinstance(failed, Failed)
        assert type(failed.error) is AuthenticationError
        assert "k3y" not in str(failed.error)

    @pytest.mark.parametrize("settings", [{}, {"dialect": "ga"}])
    def test_a_secret_is_requested_only_if_the_dialect_is_set(
        self, settings: dict[str, str]
    ) -> None:
        assert websocket(url=LOOPBACK, token="k3y", **settings).headers

    @pytest.mark.parametrize(
        ("language", "hint"),
        [
            ("en", "; NIM needs a language with its region, such as en-US, got 'en'"),
            ("en-US", ""),
            (None, ""),
        ],
    )
    def test_a_language_without_a_region_that_nim_refuses_has_a_hint(
        self, language: str | None, hint: str
    ) -> None:
        client = connected(url=LOOPBACK, language=language)
        error = {
            "type": "transcription_session.error",
            "error": {"message": "unsupported language"},
        }
        receive(client, GREETINGS[DialectName.NIM], error)
        [failed] = of(client, Failed)
        assert isinstance(failed, Failed)
        assert failed.error.message == f"unsupported language{hint}"

    def test_the_request_is_not_sent_twice(self) -> None:
        client = new_client(OpenAISettings(url=LOOPBACK, dialect="nim", token="k3y"), None)
        client.connect()
        with pytest.raises(LifecycleError):
            client.connect()


class TestTheBounds:
    def test_the_audio_that_waits_for_an_answer_of_vllm_counts_as_waiting(self) -> None:
        client = connected(url=LOOPBACK, model="m")
        receive(client, GREETINGS[DialectName.VLLM])
        client.send_audio(bytes(3200), now=0.0)
        client.flush("1", now=0.0)
        client.messages_to_send()
        client.send_audio(bytes(6400), now=0.0)
        assert client.waiting_bytes == 6400
        assert client.messages_to_send() == []
        receive(client, {"type": "transcription.done", "text": "on"})
        client.messages_to_send()
        assert client.waiting_bytes == 0

    def test_a_long_piece_of_audio_is_sent_in_messages_of_a_second(self) -> None:
        client = connected(url=LOOPBACK, model="m")
        receive(client, GREETINGS[DialectName.LOCALAI], {"type": "session.updated"})
        client.messages_to_send()
        client.send_audio(bytes(PCM_16K_MONO.bytes_of(2500)), now=0.0)
        sizes = [len(str(message["audio"])) for message in sent(client)]
        assert sizes == [42668, 42668, 21336]

    def test_text_of_another_dialect_is_ignored(self) -> None:
        client = connected(url=LOOPBACK, model="m")
        receive(client, GREETINGS[DialectName.VLLM])
        receive(client, {"type": "transcription.done", "text": "on"})
        assert of(client, FinalText) == []

    def test_a_second_first_message_changes_nothing(self) -> None:
        client = connected(url=LOOPBACK, model="m")
        receive(client, GREETINGS[DialectName.VLLM], GREETINGS[DialectName.NIM])
        assert sent(client) == [{"type": "session.update", "model": "m"}]

    def test_null_as_a_delta_adds_nothing(self) -> None:
        client = connected(url=LOOPBACK, model="m")
        receive(client, GREETINGS[DialectName.GA], {"type": "session.updated"})
        kind = "conversation.item.input_audio_transcription.delta"
        receive(client, {"type": kind, "item_id": "i", "delta": None})
        assert of(client, PartialText) == []


class TestTheSettings:
    @pytest.mark.parametrize(
        ("values", "problem"),
        [
            ({"commit_strategy": "server_vad"}, "must be manual for the model gpt-live-transcribe"),
            (
                {"commit_strategy": "semantic_vad", "model": "gpt-realtime-whisper"},
                "must be manual for the model gpt-realtime-whisper",
            ),
            ({"delay": "low"}, "must not be set unless model is gpt-realtime-whisper"),
            (
                {"prompt": "x", "model": "gpt-realtime-whisper"},
                "must not be set for the model gpt-realtime-whisper",
            ),
            ({"dialect": "beta"}, "must be auto or ga or vllm or speaches or localai or nim"),
            ({"keywords": ("x",) * 101}, "must have at most 100 entries, got 101"),
            ({"vad_threshold": 1.1}, "must be 0 to 1, got 1.1"),
        ],
    )
    def test_invalid_values_are_refused(self, values: dict[str, object], problem: str) -> None:
        with pytest.raises(ConfigError, match=problem):
            OpenAISettings(**values)

    def test_the_default_model_cannot_end_turns(self) -> None:
        with pytest.raises(ConfigError, match=r"source: must be race or client.*does not detect"):
            OpenAISettings().with_server_vad(
                silence_ms=700, min_speech_ms=100, speech_threshold=0.5
            )

    def test_another_model_can_end_turns_within_the_range(self) -> None:
        settings = OpenAISettings(model="gpt-transcribe")
        changed, limited = settings.with_server_vad(
            silence_ms=700, min_speech_ms=100, speech_threshold=0.6
        )
        assert changed == replace(
            settings, commit_strategy="server_vad", vad_silence_ms=700, vad_threshold=0.6
        )
        assert limited == ()
        _, limited = settings.with_server_vad(
            silence_ms=50, min_speech_ms=100, speech_threshold=0.6
        )
        assert limited == ("vad_silence_ms is 100 instead of 50: 100 to 10000 ms",)

    def test_names_of_the_house_become_keywords(self) -> None:
        settings, left = OpenAISettings(keywords=("A",)).with_bias_terms(["B", "a", "x" * 101])
        assert isinstance(settings, OpenAISettings)
        assert (settings.keywords, left) == (("A", "B"), ("x" * 101,))

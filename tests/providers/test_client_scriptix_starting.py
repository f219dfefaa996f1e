"""The Scriptix client: starting the service, older results, and stream mode."""

import json

import pytest

from wyoming_bridge.errors import (
    AuthenticationError,
    BridgeError,
    ConfigError,
    ConnectError,
    ConnectTimeoutError,
    LifecycleError,
    ProtocolViolationError,
    ServiceError,
    ServiceRequestError,
    StartingError,
)
from wyoming_bridge.events import (
    Failed,
    FinalText,
    Finished,
    PartialText,
    State,
    StateChanged,
    Word,
)
from wyoming_bridge.providers.contract import ConnectRequest, HttpAnswer, HttpRequest
from wyoming_bridge.providers.refusals import refused_upgrade
from wyoming_bridge.providers.scriptix import ScriptixSettings
from wyoming_bridge.providers.scriptix.client import ScriptixClient

TOKEN = "a token/of?many&letters".replace(" ", "")
DOWN = refused_upgrade(HttpAnswer(status=503), provider="scriptix")
API = "https://api.scriptix.io/api/v4/realtime"


def answer(status: str, *, code: int = 200, **more: object) -> HttpAnswer:
    return HttpAnswer(status=code, body=json.dumps({"status": status, **more}))


def asked(client: ScriptixClient) -> tuple[str, str, float]:
    request = client.connect()
    assert isinstance(request, HttpRequest)
    return request.method, request.url.rpartition("/")[2], request.delay_s


def states(client: ScriptixClient) -> list[State]:
    return [e.state for e in client.events_received() if isinstance(e, StateChanged)]


def error_of(client: ScriptixClient) -> BridgeError:
    [failed] = [e for e in client.events_received() if isinstance(e, Failed)]
    return failed.error


def refused(error: BridgeError = DOWN, **settings: str) -> ScriptixClient:
    client = ScriptixClient(ScriptixSettings(token=TOKEN, **settings))
    assert isinstance(client.connect(), ConnectRequest)
    client.receive_failure(error)
    return client


class TestStarting:
    def test_a_scaled_down_service_is_started_and_polled(self) -> None:
        client = refused()
        steps = [asked(client)]
        for body in ("scaled_down", "starting", "starting"):
            client.receive_answer(answer(body), now=0.0)
            steps.append(asked(client))
        client.receive_answer(answer("ready"), now=0.0)

        assert isinstance(client.connect(), ConnectRequest)
        assert steps == [
            ("GET", "status", 0),
            ("POST", "initialize", 0),
            ("GET", "status", 5),
            ("GET", "status", 5),
        ]
        assert states(client) == [State.CONNECTING, State.STARTING, State.CONNECTING]

    def test_the_requests_have_the_token_in_a_header_and_do_not_show_it(self) -> None:
        request = refused().connect()

        assert request.headers == {"x-zoom-s2t-key": TOKEN}
        assert request.url == request.shown_url == f"{API}/status"
        assert TOKEN not in repr(request)

    def test_the_refusal_of_a_ready_service_is_the_error(self) -> None:
        client = refused()
        client.connect()
        client.receive_answer(answer("ready", ready=True), now=0.0)

        assert error_of(client) is DOWN

    @pytest.mark.parametrize(
        "said", [HttpAnswer(status=401), HttpAnswer(status=404), HttpAnswer(status=200, body="x")]
    )
    def test_without_a_readable_status_the_refusal_is_the_error(self, said: HttpAnswer) -> None:
        client = refused()
        client.connect()
        client.receive_answer(said, now=0.0)

        assert error_of(client) is DOWN

    def test_if_the_status_request_fails_the_refusal_is_the_error(self) -> None:
        client = refused()
        client.connect()
        client.receive_failure(ConnectError("connection refused"))

        assert error_of(client) is DOWN

    @pytest.mark.parametrize(
        "error",
        [
            DOWN,
            refused_upgrade(HttpAnswer(status=404), provider="scriptix"),
            ConnectError("connection refused"),
            ConnectTimeoutError("no answer in time"),
        ],
    )
    def test_the_status_is_requested_after_an_error_of_a_scaled_down_service(
        self, error: BridgeError
    ) -> None:
        assert asked(refused(error))[:2] == ("GET", "status")

    @pytest.mark.parametrize("status", [400, 401, 402, 403, 429])
    def test_the_status_is_not_requested_after_other_errors(self, status: int) -> None:
        error = refused_upgrade(HttpAnswer(status=status), provider="scriptix")

        assert error_of(refused(error)) is error

    def test_a_second_refusal_after_a_start_fails_the_session(self) -> None:
        client = refused()
        for body in ("scaled_down", "ready"):
            client.connect()
            client.receive_answer(answer(body), now=0.0)
        client.connect()
        again = ServiceError("still down")
        client.receive_failure(again)
        client.connect()
        client.receive_answer(answer("ready"), now=0.0)

        assert error_of(client) is again

    def test_with_initialize_never_no_status_is_requested(self) -> None:
        assert error_of(refused(initialize="never")) is DOWN

    def test_with_initialize_always_the_service_is_started_before_each_session(self) -> None:
        client = ScriptixClient(ScriptixSettings(token=TOKEN, initialize="always"))

        assert asked(client) == ("POST", "initialize", 0)
        client.receive_answer(answer("ready", ready=True, endpoint="wss://elsewhere"), now=0.0)
        request = client.connect()
        assert isinstance(request, ConnectRequest)
        assert request.shown_url.startswith("wss://realtime.scriptix.io/")

    def test_a_wrong_token_is_an_authentication_error_of_the_start(self) -> None:
        client = ScriptixClient(ScriptixSettings(token=TOKEN, initialize="always"))
        client.connect()
        client.receive_answer(HttpAnswer(status=401), now=0.0)

        assert isinstance(error_of(client), AuthenticationError)

    def test_an_answer_that_cannot_be_read_is_a_violation(self) -> None:
        client = ScriptixClient(ScriptixSettings(token=TOKEN, initialize="always"))
        client.connect()
        client.receive_answer(HttpAnswer(status=200, body="{}"), now=0.0)

        assert isinstance(error_of(client), ProtocolViolationError)

    @pytest.mark.parametrize("body", ["", "Service Unavailable", '{"error": "no"}', "[]"])
    def test_a_failure_of_a_proxy_is_not_a_violation_of_the_service(self, body: str) -> None:
        client = ScriptixClient(ScriptixSettings(token=TOKEN, initialize="always"))
        client.connect()
        client.receive_answer(
            HttpAnswer(status=503, headers={"Retry-After": "2"}, body=body), now=0.0
        )

        error = error_of(client)
        assert type(error) is ServiceError
        assert (error.retryable, error.retry_after_s) == (True, 2)

    def test_after_a_timeout_of_the_start_the_status_is_requested(self) -> None:
        client = ScriptixClient(ScriptixSettings(token=TOKEN, initialize="always"))
        client.connect()
        client.receive_failure(ConnectTimeoutError("no answer within 15 s"))

        assert asked(client) == ("GET", "status", 5)

    @pytest.mark.parametrize(
        ("said", "is_ready"),
        [
            (answer("available"), True),
            (answer("whatever", ready=True), True),
            (answer("unavailable", code=503), False),
            (answer("warming up"), False),
        ],
    )
    def test_the_status_is_read_as_in_both_versions_of_the_documentation(
        self, said: HttpAnswer, *, is_ready: bool
    ) -> None:
        client = ScriptixClient(ScriptixSettings(token=TOKEN, initialize="always"))
        client.connect()
        client.receive_answer(said, now=0.0)

        assert isinstance(client.connect(), ConnectRequest) is is_ready

    def test_a_start_that_takes_too_long_fails_the_session(self) -> None:
        client = refused()
        waited_s = 0.0
        while client.state is not State.ERROR:
            waited_s += asked(client)[2]
            client.receive_answer(answer("starting"), now=0.0)

        error = error_of(client)
        assert isinstance(error, StartingError)
        assert "starting" in error.message
        assert 300 <= waited_s <= 420

    @pytest.mark.parametrize(
        ("settings", "base"),
        [
            ({}, "https://api.scriptix.io"),
            ({"url": "wss://speech.example/prefix/"}, "https://speech.example/prefix"),
            ({"url": "ws://127.0.0.1:9/scriptix"}, "http://127.0.0.1:9/scriptix"),
            ({"api_url": "https://rest.example/"}, "https://rest.example"),
        ],
    )
    def test_the_requests_go_to_the_rest_address(self, settings: dict[str, str], base: str) -> None:
        assert ScriptixSettings(**settings).rest_url == base

    @pytest.mark.parametrize("url", ["http://rest.example", "wss://rest.example", "nonsense"])
    def test_the_token_is_never_sent_unencrypted(self, url: str) -> None:
        with pytest.raises(ConfigError, match=r"^api_url: "):
            ScriptixSettings(api_url=url)


def listening(**options: object) -> ScriptixClient:
    client = ScriptixClient(ScriptixSettings(token=TOKEN), **options)
    client.connect()
    client.receive_open(now=0.0)
    client.messages_to_send()
    client.receive_message('{"state":"listening"}', now=0.0)
    client.events_received()
    return client


class TestOlderResults:
    def test_both_formats_are_read_on_one_websocket(self) -> None:
        client = listening()
        client.receive_message('{"partial":"hi"}', now=0.0)
        older = '{"result":[["hi",1100,1300,0.9]],"text":"hi"}'
        newer = '{"text":"you","is_final":true,"offset_ms":2000,"words":[[" you",0,200,0.8]]}'
        client.receive_message(older, now=0.0)
        client.receive_message(newer, now=0.0)
        partial, first, second = [
            e for e in client.events_received() if not isinstance(e, StateChanged)
        ]

        assert partial == PartialText(text="hi")
        assert isinstance(first, FinalText)
        assert isinstance(second, FinalText)
        assert first.words == (Word(text="hi", start_ms=1100, end_ms=1300, confidence=0.9),)
        assert second.words == (Word(text="you", start_ms=2000, end_ms=2200, confidence=0.8),)

    def test_with_absolute_word_times_newer_results_count_from_the_session(self) -> None:
        client = ScriptixClient(ScriptixSettings(word_times="absolute"))
        client.connect()
        client.receive_open(now=0.0)
        client.receive_message('{"state":"listening"}', now=0.0)
        newer = '{"text":"you","is_final":true,"offset_ms":2000,"words":[[" you",2000,2200,0.8]]}'
        client.receive_message(newer, now=0.0)
        [final] = [e for e in client.events_received() if isinstance(e, FinalText)]

        assert final.words[0].start_ms == 2000


URL = "https://blob.example/x.mp3?sv=1&sig=s%2Fecret"


class TestStreamMode:
    def test_the_stream_address_is_in_the_query_and_the_token_in_the_path(self) -> None:
        client = ScriptixClient(ScriptixSettings(token=TOKEN, language="nl-BE"), source_url=URL)
        request = client.connect()

        assert isinstance(request, ConnectRequest)
        assert request.url == (
            "wss://realtime.scriptix.io/v2/client/atoken%2Fof%3Fmany%26letters"
            "?url=https%3A%2F%2Fblob.example%2Fx.mp3%3Fsv%3D1%26sig%3Ds%252Fecret"
            "&type=fast&language=nl"
        )
        assert request.shown_url == "wss://realtime.scriptix.io/v2/client/***"
        assert request.headers == {}

    def test_no_message_is_sent_and_the_end_of_the_stream_finishes_the_session(self) -> None:
        client = ScriptixClient(ScriptixSettings(token=TOKEN), source_url=URL)
        client.connect()
        client.finish(now=0.0)
        client.receive_open(now=0.0)
        client.receive_message('{"state":"listening"}', now=0.0)
        client.receive_message('{"text":"hi","is_final":true,"offset_ms":0}', now=0.0)
        client.receive_message('{"state":"stopped"}', now=0.0)

        assert client.messages_to_send() == []
        *_, final, _, finished = client.events_received()
        assert (final, finished) == (FinalText(text="hi", start_ms=0), Finished())

    def test_a_normal_close_finishes_the_session(self) -> None:
        client = listening(source_url=URL)
        client.finish(now=0.0)
        client.receive_close(code=1000, reason="")

        assert client.events_received()[-1] == Finished()

    def test_audio_cannot_be_sent(self) -> None:
        with pytest.raises(LifecycleError, match="audio cannot be sent in stream mode"):
            listening(source_url=URL).send_audio(b"", now=0.0)

    @pytest.mark.parametrize(
        "text",
        [
            "Authentication Required: Stream requires authentication",
            "Invalid Stream: Stream URL invalid, expired, or inaccessible",
        ],
    )
    def test_an_error_about_the_stream_is_a_request_error(self, text: str) -> None:
        client = ScriptixClient(ScriptixSettings(token=TOKEN), source_url=URL)
        client.connect()
        client.receive_open(now=0.0)
        client.receive_message(json.dumps({"error": text}), now=0.0)

        error = error_of(client)
        assert isinstance(error, ServiceRequestError)
        assert not error.retryable

"""The Reson8 client: flushes by name, transcripts with and without their flags."""

import json
import math
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from wyoming_bridge.errors import (
    AuthenticationError,
    ConfigError,
    ConnectionLostError,
    QuotaError,
    RateLimitedError,
    RemoteError,
    ServiceError,
    ServiceRequestError,
)
from wyoming_bridge.events import (
    Failed,
    Final,
    Finished,
    FlushDone,
    Partial,
    SessionEvent,
    SessionStarted,
    State,
    StateChanged,
    Unrecognised,
    Word,
)
from wyoming_bridge.providers.base import refused_upgrade
from wyoming_bridge.providers.reson8 import CAPABILITIES, Reson8Settings
from wyoming_bridge.providers.reson8.client import Reson8Client
from wyoming_bridge.providers.reson8.settings import first_wrong_pattern

FIXTURES = Path(__file__).parents[1] / "fixtures" / "reson8"
PCM = bytes(range(250)) * 4


def examples(name: str) -> list[str]:
    """The examples of a page, without the line that names it."""
    return (FIXTURES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[1:]


def ready() -> Reson8Client:
    client = Reson8Client(Reson8Settings())
    client.connect()
    client.receive_open(now=0.0)
    client.events_received()
    return client


def happened(client: Reson8Client) -> list[SessionEvent]:
    """What was reported, without the changes of state."""
    return [event for event in client.events_received() if not isinstance(event, StateChanged)]


def confirmation(flush_id: str | None) -> str:
    return json.dumps({"type": "flush_confirmation", "id": flush_id})


def query(settings: Reson8Settings) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(Reson8Client(settings).connect().url).query))


class TestRequest:
    def test_the_address_is_the_services(self) -> None:
        request = Reson8Client(Reson8Settings()).connect()
        assert request.shown_url == "wss://api.reson8.dev/v1/speech-to-text/realtime"

    def test_everything_that_can_be_included_is_asked_for(self) -> None:
        assert query(Reson8Settings()) == {
            "encoding": "pcm_s16le",
            "sample_rate": "16000",
            "channels": "1",
            "include_interim": "true",
            "include_timestamps": "true",
            "include_words": "true",
            "include_confidence": "true",
            "include_language": "true",
        }

    @pytest.mark.parametrize("language", ["fy", "fy-NL", "fy_NL", "FY"])
    def test_a_language_is_sent_without_its_region(self, language: str) -> None:
        asked = query(Reson8Settings(language=language))
        assert asked["language"] == "fy"
        assert "include_language" not in asked

    @pytest.mark.parametrize(
        ("language", "others", "sent"),
        [("nl-BE", ("fy", "nl"), "nl,fy"), (None, ("nl", "fy"), "nl,fy")],
    )
    def test_several_languages_are_a_list_and_the_service_says_which_it_was(
        self, language: str | None, others: tuple[str, ...], sent: str
    ) -> None:
        asked = query(Reson8Settings(language=language, secondary_languages=others))
        assert (asked["language"], asked["include_language"]) == (sent, "true")

    def test_what_biases_and_how_it_is_written_is_asked_for(self) -> None:
        asked = query(
            Reson8Settings(
                phrases=("extractor hood", "fan"),
                bias_strength=2.5,
                filler_mode="clean",
                patterns=("[A-Z]{3}", "[0-9]+"),
                diarize=True,
                max_speakers=2,
            )
        )
        assert {name: asked[name] for name in asked if not name.startswith("include_")} == {
            "encoding": "pcm_s16le",
            "sample_rate": "16000",
            "channels": "1",
            "phrases": "extractor hood,fan",
            "bias_strength": "2.5",
            "filler_mode": "clean",
            "patterns": "[A-Z]{3},[0-9]+",
            "diarize": "true",
            "max_speakers": "2",
        }

    def test_a_custom_model_is_named(self) -> None:
        assert query(Reson8Settings(custom_model_id="m 1"))["custom_model_id"] == "m 1"

    @pytest.mark.parametrize(
        ("auth", "header"), [("api_key", "ApiKey k"), ("access_token", "Bearer k")]
    )
    def test_the_token_travels_in_the_authorization(self, auth: str, header: str) -> None:
        request = Reson8Client(Reson8Settings(token="k", auth=auth)).connect()
        assert request.headers == {"Authorization": header}
        assert list(request.subprotocols) == []

    def test_the_token_can_travel_as_a_subprotocol(self) -> None:
        request = Reson8Client(Reson8Settings(token="k", auth="subprotocol")).connect()
        assert request.headers == {}
        assert list(request.subprotocols) == ["bearer", "k"]


class TestFlow:
    def test_the_session_is_live_once_the_websocket_is_open(self) -> None:
        client = Reson8Client(Reson8Settings())
        client.connect()
        client.receive_open(now=0.0)
        assert SessionStarted() in client.events_received()
        assert client.state is State.LISTENING
        assert client.messages_to_send() == []

    def test_audio_travels_as_it_is(self) -> None:
        client = ready()
        client.send_audio(PCM, now=0.0)
        assert client.messages_to_send() == [PCM]

    def test_a_flush_is_sent_and_answered_by_its_name(self) -> None:
        client = ready()
        client.send_audio(PCM, now=0.0)
        client.flush("abc123", now=0.0)
        _, request = client.messages_to_send()
        flush, _, _, confirmed = examples("realtime")
        assert json.loads(str(request)) == json.loads(flush)
        client.receive_message(confirmed, now=0.0)
        assert happened(client) == [FlushDone(flush_id="abc123")]

    def test_flushes_may_be_answered_in_any_order(self) -> None:
        client = ready()
        client.flush("1", now=0.0)
        client.flush("2", now=0.0)
        client.receive_message(confirmation("2"), now=0.0)
        client.receive_message(confirmation("1"), now=0.0)
        assert happened(client) == [FlushDone(flush_id="2"), FlushDone(flush_id="1")]

    @pytest.mark.parametrize("flush_id", [None, "7"])
    def test_a_confirmation_that_nobody_waits_for_is_passed_over(
        self, flush_id: str | None
    ) -> None:
        client = ready()
        client.receive_message(confirmation(flush_id), now=0.0)
        assert client.events_received() == [Unrecognised(kind="flush_confirmation of no request")]

    def test_a_confirmation_without_a_name_answers_who_waits_longest(self) -> None:
        client = ready()
        client.flush("1", now=0.0)
        client.flush("2", now=0.0)
        client.finish(now=0.0)
        for flush_id in (None, "2", None):
            client.receive_message(confirmation(flush_id), now=0.0)
        assert happened(client) == [FlushDone(flush_id="1"), FlushDone(flush_id="2"), Finished()]
        assert client.state is State.CLOSED

    def test_a_confirmed_finish_answers_every_flush_before_it(self) -> None:
        client = ready()
        client.flush("1", now=0.0)
        client.flush("2", now=0.0)
        client.finish(now=0.0)
        client.receive_message(confirmation("finish"), now=0.0)
        assert happened(client) == [FlushDone(flush_id="1"), FlushDone(flush_id="2"), Finished()]

    def test_a_second_confirmation_of_one_flush_is_passed_over(self) -> None:
        client = ready()
        client.flush("1", now=0.0)
        client.receive_message(confirmation("1"), now=0.0)
        client.receive_message(confirmation("1"), now=0.0)
        assert happened(client) == [
            FlushDone(flush_id="1"),
            Unrecognised(kind="flush_confirmation of no request"),
        ]

    def test_the_finish_is_a_flush_whose_confirmation_ends_the_session(self) -> None:
        client = ready()
        client.flush("1", now=0.0)
        client.finish(now=0.0)
        _, request = client.messages_to_send()
        client.receive_message(confirmation("1"), now=0.0)
        assert client.state is State.FINISHING
        client.receive_message('{"type":"transcript","text":"tail"}', now=0.0)
        client.receive_message(confirmation(json.loads(str(request))["id"]), now=0.0)
        assert happened(client) == [FlushDone(flush_id="1"), Final(text="tail"), Finished()]
        assert client.state is State.CLOSED

    def test_the_finishs_confirmation_before_the_finish_ends_nothing(self) -> None:
        other = ready()
        other.finish(now=0.0)
        [request] = other.messages_to_send()
        client = ready()
        client.receive_message(confirmation(json.loads(str(request))["id"]), now=0.0)
        assert client.state is State.LISTENING

    def test_a_normal_close_before_the_last_confirmation_is_a_lost_connection(self) -> None:
        client = ready()
        client.finish(now=0.0)
        client.receive_close(code=1000, reason="")
        [failed] = happened(client)
        assert isinstance(failed, Failed)
        assert isinstance(failed.error, ConnectionLostError)


class TestTranscripts:
    def test_the_short_example_is_a_final_since_it_does_not_say(self) -> None:
        client = ready()
        client.receive_message(examples("realtime")[1], now=0.0)
        assert happened(client) == [Final(text="the patient presented with chest pain")]

    def test_the_detailed_example_is_a_final_with_words(self) -> None:
        client = ready()
        client.receive_message(examples("realtime")[2], now=0.0)
        [final] = happened(client)
        assert isinstance(final, Final)
        assert (final.start_ms, final.end_ms) == (1200, 3600)
        assert final.words[0] == Word(text="the", start_ms=1200, end_ms=1400, confidence=0.99)
        assert final.words[-1] == Word(text="pain", start_ms=3000, end_ms=3600, confidence=0.97)

    @pytest.mark.parametrize(
        ("rest", "event"),
        [
            ({"is_final": False}, Partial(text="a")),
            ({"is_final": False, "start_ms": 5, "duration_ms": 2}, Partial(text="a", start_ms=5)),
            ({"is_final": True}, Final(text="a")),
            ({"is_final": None}, Final(text="a")),
            ({"start_ms": 5}, Final(text="a", start_ms=5)),
            ({"duration_ms": 5}, Final(text="a")),
            ({"language": "nl"}, Final(text="a", language="nl")),
            ({"speaker_id": 0}, Final(text="a", speaker="0")),
            ({"speaker_id": "A"}, Final(text="a", speaker="A")),
            ({"words": []}, Final(text="a")),
            ({"words": [{"text": " a "}]}, Final(text="a", words=(Word(text="a"),))),
        ],
    )
    def test_each_field_may_be_there_or_not(
        self, rest: dict[str, object], event: SessionEvent
    ) -> None:
        client = ready()
        client.receive_message(json.dumps({"type": "transcript", "text": "a"} | rest), now=0.0)
        assert happened(client) == [event]

    @pytest.mark.parametrize(
        ("sent", "reported"),
        [
            (0.99, 0.99),
            (1, 1.0),
            (1.5, 1.0),
            (0, 0.0),
            (-0.5, math.exp(-0.5)),
            (-math.inf, 0.0),
            (math.nan, None),
            (None, None),
        ],
    )
    def test_a_confidence_is_a_probability_or_below_zero_its_logarithm(
        self, sent: float | None, reported: float | None
    ) -> None:
        client = ready()
        words = [{"text": "a", "confidence": sent}]
        client.receive_message(
            json.dumps({"type": "transcript", "text": "a", "words": words}), now=0.0
        )
        [final] = happened(client)
        assert isinstance(final, Final)
        assert final.words[0].confidence == reported

    def test_a_message_of_an_unknown_type_is_passed_over(self) -> None:
        client = ready()
        client.receive_message('{"type":"turn_start"}', now=0.0)
        assert client.events_received() == [Unrecognised(kind="turn_start")]


class TestErrors:
    @pytest.mark.parametrize(
        ("code", "error"),
        [
            ("UNAUTHORIZED", AuthenticationError),
            ("unauthorized", AuthenticationError),
            ("PAYMENT_REQUIRED", QuotaError),
            ("credit_limit_reached", QuotaError),
            ("TOO_MANY_REQUESTS", RateLimitedError),
            ("INVALID_REQUEST", ServiceRequestError),
            ("invalid_query_parameter", ServiceRequestError),
            ("session_rejected", ServiceRequestError),
            ("NOT_FOUND", ServiceRequestError),
            ("401", AuthenticationError),
            ("402", QuotaError),
            ("429", RateLimitedError),
            ("INTERNAL_ERROR", ServiceError),
            ("500", ServiceError),
            ("something new", ServiceError),
        ],
    )
    def test_the_codes_of_the_handshake_are_known_in_the_session(
        self, code: str, error: type[RemoteError]
    ) -> None:
        client = ready()
        client.receive_message(
            json.dumps({"type": "error", "code": code, "message": "why"}), now=0.0
        )
        [failed] = happened(client)
        assert isinstance(failed, Failed)
        assert type(failed.error) is error
        assert str(failed.error) == f"reson8: {code}: why"
        assert failed.error.placeholders == {"service_code": code}

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ('{"type":"error"}', "error"),
            ('{"type":"error","message":"why"}', "error: why"),
            ('{"error":"why"}', "why"),
            ('{"code":"X"}', "X"),
            ('{"type":"error","error":{"code":"X","message":"why"}}', "X: why"),
            ('{"status":500,"title":"Oops","detail":"why"}', "500: why"),
        ],
    )
    def test_every_shape_of_error_fails_the_session(self, line: str, said: str) -> None:
        client = ready()
        client.receive_message(line, now=0.0)
        [failed] = happened(client)
        assert isinstance(failed, Failed)
        assert failed.error.message == said
        assert client.state is State.ERROR


@pytest.mark.parametrize(
    ("status", "error", "retryable"),
    [
        (400, ServiceRequestError, False),
        (401, AuthenticationError, False),
        (402, QuotaError, False),
        (403, AuthenticationError, False),
        (404, ServiceRequestError, False),
        (413, ServiceRequestError, False),
        (429, RateLimitedError, True),
        (500, ServiceError, True),
        (503, ServiceError, True),
    ],
)
def test_a_refused_upgrade_is_understood_by_its_status(
    status: int, error: type[RemoteError], *, retryable: bool
) -> None:
    refused = refused_upgrade(provider="reson8", status=status, detail="why")
    assert type(refused) is error
    assert refused.retryable is retryable
    assert f"(HTTP {status}: why)" in str(refused)


def test_a_refused_upgrade_without_a_reason_shows_the_status_alone() -> None:
    assert "(HTTP 500)" in str(refused_upgrade(provider="reson8", status=500, detail=""))


@pytest.mark.parametrize("token", ["s3cret==", "s3/cret", "s3,cret"])
def test_a_token_that_no_subprotocol_can_have_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(ConfigError, match=r"^token: ") as caught:
        Reson8Settings(token=token, auth="subprotocol")

    assert "s3" not in str(caught.value)
    assert Reson8Settings(token=token, auth="access_token").token == token


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"phrases": ("a,b",)}, r"^phrases: 'a,b' has a comma"),
        ({"phrases": ("a",) * 251}, "^phrases: 251 entries; allowed are at most 250"),
        ({"phrases": ("",)}, "^phrases: '' is not possible; allowed: at least 1 characters"),
        ({"patterns": ("[a", "b")}, r"^patterns: '\[a' is no regular expression"),
        ({"patterns": ("a{1,3}",)}, "^patterns: .* has a comma"),
        ({"bias_strength": -0.1}, "^bias_strength: -0.1 is not possible; allowed: at least 0"),
        ({"filler_mode": "none"}, "^filler_mode: .* clean or natural or verbatim"),
        ({"diarize": True, "max_speakers": 5}, "^max_speakers: 5 .* allowed: 1 to 4"),
        ({"max_speakers": 2}, "^max_speakers: only with diarize"),
        ({"secondary_languages": ("ru",)}, "^secondary_languages: 'ru' .* allowed: de or en or"),
    ],
)
def test_what_the_service_would_refuse_is_refused_before(
    settings: dict[str, bool | float | str | tuple[str, ...]], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        Reson8Settings(**settings)


@pytest.mark.parametrize("pattern", ["[[a]", "(" * 5000, "a{99999999999999999999}", "*"])
def test_a_pattern_of_any_kind_is_judged_and_raises_nothing(pattern: str) -> None:
    assert first_wrong_pattern(["a+", pattern]) in {None, 1}


def test_what_the_service_can_do_is_told() -> None:
    assert CAPABILITIES.bias_terms == 250
    assert CAPABILITIES.speakers
    assert set(CAPABILITIES.languages) == {
        *("de", "en", "es", "fr", "fy", "it", "nl", "pl", "pt", "sv")
    }

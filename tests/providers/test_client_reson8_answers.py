"""The Reson8 client: transcripts with and without optional fields, and errors in every form."""

import json
import math

import pytest

from reson8_clients import examples, happened, ready
from wyoming_bridge.errors import (
    AuthenticationError,
    QuotaError,
    RateLimitedError,
    RemoteError,
    ServiceError,
    ServiceRequestError,
)
from wyoming_bridge.events import (
    Failed,
    FinalText,
    PartialText,
    SessionEvent,
    State,
    Unrecognised,
    Word,
)
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.refusals import refused_upgrade


class TestTranscripts:
    def test_the_short_example_is_a_final_text_because_it_has_no_flag(self) -> None:
        client = ready()
        client.receive_message(examples("realtime")[1], now=0.0)
        assert happened(client) == [FinalText(text="the patient presented with chest pain")]

    def test_the_detailed_example_is_a_final_text_with_words(self) -> None:
        client = ready()
        client.receive_message(examples("realtime")[2], now=0.0)
        [final] = happened(client)
        assert isinstance(final, FinalText)
        assert (final.start_ms, final.end_ms) == (1200, 3600)
        assert final.words[0] == Word(text="the", start_ms=1200, end_ms=1400, confidence=0.99)
        assert final.words[-1] == Word(text="pain", start_ms=3000, end_ms=3600, confidence=0.97)

    @pytest.mark.parametrize(
        ("rest", "event"),
        [
            ({"is_final": False}, PartialText(text="a")),
            (
                {"is_final": False, "start_ms": 5, "duration_ms": 2},
                PartialText(text="a", start_ms=5, end_ms=7),
            ),
            ({"is_final": True}, FinalText(text="a")),
            ({"is_final": None}, FinalText(text="a")),
            ({"start_ms": 5}, FinalText(text="a", start_ms=5)),
            ({"duration_ms": 5}, FinalText(text="a")),
            ({"language": "nl"}, FinalText(text="a", language="nl")),
            ({"speaker_id": 0}, FinalText(text="a", speaker="0")),
            ({"speaker_id": "A"}, FinalText(text="a", speaker="A")),
            ({"words": []}, FinalText(text="a")),
            ({"words": [{"text": " a "}]}, FinalText(text="a", words=(Word(text="a"),))),
            (
                {"words": [{"text": "a"}], "speaker_id": 1},
                FinalText(text="a", speaker="1", words=(Word(text="a", speaker="1"),)),
            ),
        ],
    )
    def test_each_field_is_optional(self, rest: dict[str, object], event: SessionEvent) -> None:
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
            (None, None),
        ],
    )
    def test_a_confidence_below_zero_is_a_logarithm(
        self, sent: float | None, reported: float | None
    ) -> None:
        client = ready()
        words = [{"text": "a", "confidence": sent}]
        client.receive_message(
            json.dumps({"type": "transcript", "text": "a", "words": words}), now=0.0
        )
        [final] = happened(client)
        assert isinstance(final, FinalText)
        assert final.words[0].confidence == reported

    def test_a_message_of_an_unknown_type_is_ignored(self) -> None:
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
    def test_the_codes_of_the_handshake_are_mapped_in_the_session(
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
        assert failed.error.placeholders["service_code"] == code

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
    def test_every_form_of_error_fails_the_session(self, line: str, said: str) -> None:
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
def test_a_refused_upgrade_is_mapped_by_its_status(
    status: int, error: type[RemoteError], *, retryable: bool
) -> None:
    refused = refused_upgrade(HttpAnswer(status=status, body="why"), provider="reson8")
    assert type(refused) is error
    assert refused.retryable is retryable
    assert f"(HTTP {status}: why)" in str(refused)


def test_a_refused_upgrade_without_a_reason_shows_the_status_alone() -> None:
    assert "(HTTP 500)" in str(refused_upgrade(HttpAnswer(status=500), provider="reson8"))

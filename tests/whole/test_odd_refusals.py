"""Services and networks that refuse a session in unusual ways, on real sockets."""

import json

import pytest

from fake_runs import (
    ALL,
    ELEVENLABS,
    RESON8,
    SCRIPTIX,
    TEXT,
    Kind,
    every_service,
    failure_of,
    text_of,
)
from fakes import Close, Faults, Refusal
from wyoming_bridge import BridgeError
from wyoming_bridge.errors import (
    AuthenticationError,
    ConnectError,
    QuotaError,
    RateLimitedError,
    ServiceRequestError,
)

CHALLENGE = (
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head>"
    "<body><script>challenge()</script></body></html>"
)
HTML = {"Content-Type": "text/html; charset=UTF-8"}


async def error_of(kind: Kind, faults: Faults) -> BridgeError:
    """Return the error of one session. An utterance would open more sessions before it fails."""
    error = await failure_of(kind, faults)
    assert "<" not in error.message
    assert "{" not in error.message
    return error


def refused(status: int, body: object = "", **headers: str) -> Faults:
    text = body if isinstance(body, str) else json.dumps(body)
    return Faults(refusal=Refusal(status=status, headers=headers, body=text))


@every_service
@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("quota_exceeded", QuotaError),
        ("missing_permissions", ServiceRequestError),
        ("detected_unusual_activity", ServiceRequestError),
        ("invalid_api_key", AuthenticationError),
    ],
)
async def test_the_status_in_the_detail_decides_the_error_and_not_http_401(
    kind: Kind, said: str, error: type[BridgeError]
) -> None:
    body = {"detail": {"status": said, "message": "This is why."}}

    failed = await error_of(kind, refused(401, body))

    assert type(failed) is error
    assert failed.message.endswith("(HTTP 401: This is why.)")


@every_service
@pytest.mark.parametrize("status", [400, 401, 403, 404, 421, 451])
async def test_after_a_challenge_page_the_connection_is_tried_again(
    kind: Kind, status: int
) -> None:
    page = Refusal(status=status, headers=HTML, body=CHALLENGE)
    text, _ = await text_of(kind, Faults(refusal=page))

    assert text == TEXT


@every_service
@pytest.mark.parametrize("status", [401, 403])
async def test_a_permanent_challenge_page_is_not_reported_as_a_wrong_token(
    kind: Kind, status: int
) -> None:
    page = Refusal(status=status, headers=HTML, body=CHALLENGE)
    failed = await error_of(kind, Faults(refusal=page))

    assert type(failed) is ConnectError
    assert "Just a moment..." in failed.message


@pytest.mark.parametrize("status", [404, 502])
async def test_an_error_shows_only_the_title_of_an_html_page(status: int) -> None:
    body = "<html><head><title>Bad gateway &amp; more</title></head><body>x</body></html>"
    failed = await error_of(RESON8, Faults(refusal=Refusal(status=status, body=body)))

    assert f"(HTTP {status}: Bad gateway & more)" in failed.message


@every_service
@pytest.mark.parametrize(
    ("code", "reason", "error"),
    [
        (1008, "Unauthorized", AuthenticationError),
        (4001, "invalid_api_key", AuthenticationError),
        (4003, "quota_exceeded", QuotaError),
    ],
)
async def test_the_reason_of_a_close_frame_decides_the_error(
    kind: Kind, code: int, reason: str, error: type[BridgeError]
) -> None:
    close = Close(code=code, reason=reason)
    faults = Faults(alter=lambda _: [close])

    failed = await error_of(kind, faults)

    assert type(failed) is error
    assert f"closed with code {code} ({reason})" in failed.message


@pytest.mark.parametrize("kind", ALL, ids=str)
@pytest.mark.parametrize(
    ("message", "error", "said"),
    [
        (
            {"message_type": "error", "error": {"code": "auth_error", "message": "bad key"}},
            AuthenticationError,
            "bad key",
        ),
        ({"error": {"code": 401, "message": "Unauthorized"}}, AuthenticationError, "Unauthorized"),
        ({"error": {"code": "quota_exceeded", "message": "none"}}, QuotaError, "none"),
        ({"error": "Invalid API key"}, AuthenticationError, "Invalid API key"),
    ],
)
async def test_an_error_object_is_read_like_a_text(
    kind: Kind, message: dict[str, object], error: type[BridgeError], said: str
) -> None:
    failed = await error_of(kind, Faults(alter=lambda _: [message]))

    assert type(failed) is error
    assert said in failed.message


@every_service
@pytest.mark.parametrize("status", [408, 425])
async def test_a_temporary_refusal_does_not_fail_the_utterance(kind: Kind, status: int) -> None:
    text, _ = await text_of(kind, refused(status))

    assert text == TEXT


@every_service
async def test_the_error_of_a_redirect_names_its_target(kind: Kind) -> None:
    portal = "http://login.hotel.example/start?from=user&token=x"
    failed = await error_of(kind, refused(302, CHALLENGE, Location=portal))

    assert type(failed) is ConnectError
    assert "http://login.hotel.example/start;" in failed.message
    assert "login page" in failed.message
    assert "token=x" not in failed.message


async def test_the_error_of_a_refusal_has_the_time_to_wait() -> None:
    failed = await error_of(RESON8, refused(429, **{"Retry-After": "7"}))

    assert type(failed) is RateLimitedError
    assert failed.retry_after_s == 7


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (ELEVENLABS, {"message_type": "rate_limited", "error": "Try again in 7 seconds."}),
        (RESON8, {"type": "error", "code": "RATE_LIMITED", "message": "m", "retry_after": 7}),
        (SCRIPTIX, {"error": {"code": "rate_limited", "message": "m", "retry_after_ms": 7000}}),
    ],
    ids=str,
)
async def test_the_error_of_a_rate_limit_within_a_session_has_the_time_to_wait(
    kind: Kind, message: dict[str, object]
) -> None:
    failed = await error_of(kind, Faults(alter=lambda _: [message]))

    assert type(failed) is RateLimitedError
    assert failed.retry_after_s == 7


async def test_a_login_page_is_not_reported_as_a_refusal_of_the_service() -> None:
    failed = await error_of(ELEVENLABS, refused(200, CHALLENGE, **HTML))

    assert type(failed) is ConnectError
    assert "login page" in failed.message

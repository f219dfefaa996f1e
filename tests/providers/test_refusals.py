"""HTTP answers that refuse a session, and the errors for them."""

import json
from datetime import UTC, datetime

import pytest

from wyoming_bridge.errors import (
    AuthenticationError,
    ConnectError,
    ErrorText,
    QuotaError,
    RateLimitedError,
    RemoteError,
    ServiceError,
    ServiceRequestError,
    TermsError,
)
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.refusals import refused_upgrade, retry_after_s

PAGE = "<!DOCTYPE html><html><head><title>One moment</title></head><body>...</body></html>"

BY_A_NETWORK = (400, 401, 402, 403, 404, 405, 406, 407, 410, 421, 451)


@pytest.mark.parametrize(
    ("status", "body", "error", "message"),
    [
        (401, "", AuthenticationError, "the service does not accept the token (HTTP 401)"),
        (401, '{"code":"UNAUTHORIZED"}', AuthenticationError, "(HTTP 401: UNAUTHORIZED)"),
        (401, '{"detail":{"status":"quota_exceeded","message":"m"}}', QuotaError, "(HTTP 401: m)"),
        (401, '{"detail":{"status":"missing_permissions","message":"m"}}', ServiceRequestError, ""),
        (401, '{"detail":{"status":"detected_unusual_activity"}}', ServiceRequestError, ""),
        (403, '{"detail":"You have no credits left: out of credits"}', QuotaError, ""),
        (403, '{"error":{"code":"unaccepted_terms","message":"m"}}', TermsError, ""),
        (403, PAGE, ConnectError, "(HTTP 403: One moment)"),
        (403, "<html></html>", ConnectError, "(HTTP 403: HTML)"),
        (403, "error code: 1010\n", ConnectError, "(HTTP 403: error code: 1010)"),
        (403, '{"error":"error code: 1010"}', AuthenticationError, "(HTTP 403: error code: 1010)"),
        (400, '{"error":"Invalid API key"}', AuthenticationError, "(HTTP 400: Invalid API key)"),
        (400, '[{"msg":"no"}]', ServiceRequestError, "the service refused the session (HTTP 400)"),
        (400, '{"broken', ServiceRequestError, "the service refused the session (HTTP 400)"),
        *((status, PAGE, ConnectError, "a web page answered") for status in BY_A_NETWORK),
        (403, "error code: 1020", ConnectError, "(HTTP 403: error code: 1020)"),
        (404, "no such path", ServiceRequestError, "(HTTP 404: no such path)"),
        (425, PAGE, ServiceError, "(HTTP 425: One moment)"),
        (402, "", QuotaError, "the account has no credit left (HTTP 402)"),
        (408, "", ServiceError, "(HTTP 408)"),
        (425, "", ServiceError, "(HTTP 425)"),
        (429, PAGE, RateLimitedError, "(HTTP 429: One moment)"),
        (429, PAGE.replace("One moment", "Quota"), RateLimitedError, "(HTTP 429: Quota)"),
        (429, '{"detail":{"status":"quota_exceeded"}}', QuotaError, ""),
        (500, '{"error":"unauthorized upstream"}', ServiceError, ""),
        (503, '{"error":{"code":"rate_limited"}}', RateLimitedError, ""),
        (503, PAGE, ServiceError, "the service failed (HTTP 503: One moment)"),
        (511, PAGE, ConnectError, "login page"),
        (200, PAGE, ConnectError, "login page"),
        (200, "hi", ServiceRequestError, "the service refused the session (HTTP 200: hi)"),
        (302, PAGE, ConnectError, "a redirect without a valid address"),
        (
            401,
            "\ufffd\ufffd",
            AuthenticationError,
            "the service does not accept the token (HTTP 401)",
        ),
    ],
)
def test_the_status_and_the_text_of_an_answer_decide_the_error(
    status: int, body: str, error: type[RemoteError], message: str
) -> None:
    refused = refused_upgrade(HttpAnswer(status=status, body=body), provider="reson8")

    assert type(refused) is error
    assert message in refused.message
    assert not {"<", "{", "["} & set(refused.message)
    assert refused.placeholders["status"] == str(status)
    assert refused.placeholders["answer"].startswith(f"HTTP {status}")


def test_a_challenge_is_also_detected_by_its_header() -> None:
    answer = HttpAnswer(status=403, headers={"CF-Mitigated": "challenge"}, body="no")
    assert type(refused_upgrade(answer, provider="reson8")) is ConnectError


def test_a_page_is_also_recognised_if_it_is_compressed() -> None:
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Encoding": "gzip"}
    answer = HttpAnswer(status=401, headers=headers, body="\x1f\ufffd")
    assert type(refused_upgrade(answer, provider="reson8")) is ConnectError


@pytest.mark.parametrize(
    ("challenge", "error", "text"),
    [
        ('Bearer realm="speech", error="invalid_token"', AuthenticationError, "TOKEN_REFUSED"),
        ('Basic realm="speech", bearer', AuthenticationError, "TOKEN_REFUSED"),
        ('Basic realm="Bearer"', ConnectError, "FORBIDDEN_BY_PAGE"),
        ("", ConnectError, "FORBIDDEN_BY_PAGE"),
    ],
)
@pytest.mark.parametrize("status", [401, 403])
def test_a_page_is_about_the_token_if_its_server_checks_tokens(
    status: int, challenge: str, error: type[RemoteError], text: str
) -> None:
    answer = HttpAnswer(status=status, headers={"WWW-Authenticate": challenge}, body=PAGE)
    refused = refused_upgrade(answer, provider="openai")

    assert type(refused) is error
    assert refused.text is ErrorText[text]


def test_json_that_quotes_a_page_is_an_answer_of_the_service() -> None:
    body = json.dumps({"error": {"code": "invalid_api_key", "message": f"the login sent {PAGE}"}})
    error = refused_upgrade(HttpAnswer(status=401, body=body), provider="openai")
    assert isinstance(error, AuthenticationError)


def test_a_page_with_the_services_own_reason_is_an_answer_of_the_service() -> None:
    answer = HttpAnswer(status=401, headers={"X-Error-Message": "Invalid API key"}, body=PAGE)
    assert type(refused_upgrade(answer, provider="reson8")) is AuthenticationError


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("http://portal.example/login?token=x", "to http://portal.example/login; a login"),
        ("https://user:secret@portal.example:8443/", "to https://portal.example:8443/; a login"),
        ("http://[::1]/x", "to http://[::1]/x; a login"),
        ("/login?token=x", "to /login; a login"),
        ("http://[broken", "a redirect without a valid address; a login"),
        ("http://portal.example:99999/", "a redirect without a valid address; a login"),
        ("", "a redirect without a valid address; a login"),
    ],
)
def test_a_redirect_is_shown_without_parts_that_may_be_secret(location: str, shown: str) -> None:
    answer = HttpAnswer(status=302, headers={"location": location})
    assert shown in refused_upgrade(answer, provider="reson8").message


NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"Retry-After": "120"}, 120),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "Sat, 28 Nov 2026 12:00:30 GMT"}, 30),
        ({"Retry-After": "Saturday, 28-Nov-26 12:00:30 GMT"}, 30),
        ({"Retry-After": "Sat, 28 Nov 2026 11:59:00 GMT"}, 0),
        (
            {
                "Retry-After": "Sat, 28 Nov 2026 13:00:30 GMT",
                "Date": "Sat, 28 Nov 2026 13:00:00 GMT",
            },
            30,
        ),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "9" * 5000}, None),
        ({"Retry-After": "NaN"}, None),
        ({"Retry-After": "\u0661"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], wait_s: float | None) -> None:
    answer = HttpAnswer(status=429, headers=headers)

    assert retry_after_s(answer, now=NOON) == wait_s
    assert refused_upgrade(answer, provider="x", now=NOON).retry_after_s == wait_s


def test_without_the_time_of_day_a_date_needs_the_services_clock() -> None:
    answer = HttpAnswer(status=429, headers={"Retry-After": "Sat, 28 Nov 2026 12:00:30 GMT"})
    assert retry_after_s(answer) is None


def test_the_body_can_have_the_time_to_wait() -> None:
    answer = HttpAnswer(status=429, body='{"error":{"message":"slow","retry_after":"3"}}')
    assert refused_upgrade(answer, provider="x").retry_after_s == 3


def test_the_id_of_a_key_is_distinguished_from_a_wrong_key() -> None:
    body = '{"detail":{"status":"api_key_id_used_as_api_key","message":"m"}}'

    refused = refused_upgrade(HttpAnswer(status=401, body=body), provider="elevenlabs")

    assert type(refused) is AuthenticationError
    assert refused.text is ErrorText.KEY_ID_GIVEN

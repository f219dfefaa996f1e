"""Error reports of services, in all observed shapes."""

import pytest

from wyoming_bridge.errors import (
    AuthenticationError,
    QuotaError,
    RateLimitedError,
    RemoteError,
    ServiceError,
    ServiceRequestError,
    TermsError,
)
from wyoming_bridge.providers.reports import ErrorReport, kind_of, read_report, wait_in_words
from wyoming_bridge.providers.service_text import is_markup, plain_text


@pytest.mark.parametrize(
    ("values", "code", "message"),
    [
        ({"error": "why"}, "", "why"),
        ({"error": "auth_error"}, "auth_error", ""),
        ({"error": {"code": "auth_error", "message": "bad key"}}, "auth_error", "bad key"),
        ({"error": {"code": 401, "message": "Unauthorized"}}, "401", "Unauthorized"),
        ({"type": "error", "code": "X", "message": "m"}, "X", "m"),
        ({"detail": {"status": "quota_exceeded", "message": "m"}}, "quota_exceeded", "m"),
        ({"detail": [{"type": "missing", "msg": "field required"}]}, "missing", "field required"),
        ({"detail": "m", "title": "t", "status": 401}, "401", "m"),
        ({"type": "https://x.example/problem", "title": "t"}, "", "t"),
        ({"error": {"code": True, "message": ["no"]}}, "", ""),
        ({"error": 17}, "", ""),
        ({"error": []}, "", ""),
        ({"error": {"message": "<html><title>T</title>"}}, "", "T"),
    ],
)
def test_a_report_is_read_in_each_shape(values: dict[str, object], code: str, message: str) -> None:
    report = read_report(values)
    assert (report.code, report.message) == (code, message)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Unauthorized", AuthenticationError),
        ("invalid_api_key", AuthenticationError),
        ("Invalid API key provided", AuthenticationError),
        ("bad key", AuthenticationError),
        ("The access token has expired", AuthenticationError),
        ("Missing Token", AuthenticationError),
        ("Authentication required", AuthenticationError),
        ("This request exceeds your quota", QuotaError),
        ("out of credits", QuotaError),
        ("insufficient funds", QuotaError),
        ("Rate limit reached", RateLimitedError),
        ("too many concurrent sessions", RateLimitedError),
        ("You must accept the terms of service", TermsError),
        ("missing permission speech_to_text", ServiceRequestError),
        ("commit_throttled", ServiceError),
        ("insufficient audio activity", ServiceError),
        ("no model for this language", None),
        ("the maximum token count is 5", None),
        ("keyboard", None),
        ("", None),
    ],
)
def test_the_text_decides_the_class_of_an_error(text: str, kind: type[RemoteError] | None) -> None:
    assert kind_of(ErrorReport(message=text)) is kind


def test_a_known_code_takes_precedence_over_the_text() -> None:
    report = ErrorReport(code="RATE-LIMITED", message="your token is invalid for now")
    assert kind_of(report) is RateLimitedError


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        ("Try again in 2 seconds", 2),
        ("retry after 1.5s", 1.5),
        ("Please wait 500 ms", 0.5),
        ("try again in about 1 minute", 60),
        ("retry after 2026-11-28", None),
        ("wait " + "9" * 100 + " s", None),
        ("wait 999999999 s", None),
        ("10 seconds of audio", None),
        ("", None),
    ],
)
def test_a_text_can_have_the_time_to_wait(text: str, wait_s: float | None) -> None:
    assert wait_in_words(text) == wait_s


@pytest.mark.parametrize(
    ("values", "wait_s"),
    [
        ({"error": "x", "retry_after": 2}, 2),
        ({"error": {"message": "x", "retry_after_ms": 1500}}, 1.5),
        ({"error": "x", "retry_after_s": "2.5"}, 2.5),
        ({"error": "x", "retry_after": True}, None),
        ({"error": "x", "retry_after": -1}, None),
        ({"error": "x", "retry_after": float("nan")}, None),
        ({"error": "x", "retry_after": "soon"}, None),
    ],
)
def test_a_field_can_have_the_time_to_wait(values: dict[str, object], wait_s: float | None) -> None:
    assert read_report(values).retry_after_s == wait_s


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\n text", "plain text"),
        ("a < b", "a < b"),
        ("<html><body>x</body></html>", "HTML"),
        ("\ufeff <!DOCTYPE html><title> A &lt;b&gt; page </title>", "A page"),
        ('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "HTML"),
        ("Error:\n <html><title>T</title></html>", "T"),
        ("x" * 1000, "x" * 200),
    ],
)
def test_markup_is_never_shown(text: str, shown: str) -> None:
    assert plain_text(text) == shown


@pytest.mark.parametrize("text", [" " * 500_000, "\n" * 500_000, "<title>" * 80_000])
def test_a_text_that_was_made_to_take_long_is_read_at_once(text: str) -> None:
    assert is_markup(text) is text.startswith("<")
    assert plain_text(text) in {"", "HTML"}

"""The error for an HTTP answer that refuses a session. The service or a proxy sent the answer."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from ..errors import (
    AuthenticationError,
    ConnectError,
    ErrorText,
    ProtocolViolationError,
    QuotaError,
    RateLimitedError,
    RemoteError,
    ServiceError,
    ServiceRequestError,
    TermsError,
)
from ..json_fields import JsonFields
from .contract import HttpAnswer
from .error_codes import KEY_ID_CODE
from .reports import ErrorReport, kind_of, read_report, read_text, seconds
from .service_text import is_markup, plain_text

__all__ = ["refused_upgrade", "retry_after_s"]

_TEXTS: Final[dict[type[RemoteError], ErrorText]] = {
    AuthenticationError: ErrorText.TOKEN_REFUSED,
    QuotaError: ErrorText.NO_CREDIT,
    TermsError: ErrorText.TERMS_NOT_ACCEPTED,
    RateLimitedError: ErrorText.TOO_MANY_SESSIONS,
    ServiceError: ErrorText.SERVICE_FAILED,
    ServiceRequestError: ErrorText.SESSION_REFUSED,
}

_TRY_AGAIN: Final = {
    408: ErrorText.REQUEST_TOO_LATE,
    425: ErrorText.REQUEST_TOO_EARLY,
}
"""Statuses after which the same request may be sent again, according to RFC 9110, section 15.5.9,
and RFC 8470, section 5.2."""

_OF_CDN: Final = re.compile(r"error code: 1\d{3}\s*")
"""The whole body with which Cloudflare refuses a client that accepts no HTML, such as "error code:
1010" for the signature of a browser and 1020 for a rule of the site."""

_REASON: Final = "x-error-message"
"""The header with Reson8's reason. Only the service sends it, so its answer may also be a page."""

_WANTS_TOKEN: Final = re.compile(r"(?:^|,)\s*bearer\b", re.IGNORECASE)
"""Matches the challenge of a server that checks tokens (RFC 6750, section 3). Login pages of a
network, and the pages of routers, send none or another one."""

_OK, _REDIRECT, _REFUSED, _LOGIN, _FAILED = 200, 300, 400, 511, 500
"""The first status of HTTP's classes 2xx, 3xx, 4xx and 5xx. 511 is RFC 6585's "Network
Authentication Required"."""


def refused_upgrade(
    answer: HttpAnswer, *, provider: str, now: datetime | None = None
) -> RemoteError:
    """Return the error for an HTTP answer to a refused upgrade or request.

    The status decides the class of the error, unless the text of the answer is more precise. The
    statuses 400 and 401 are documented by Reson8, 402 and 429 are in Reson8's plugin, and 403 and
    429 in ElevenLabs' client libraries. The services answer with JSON. So a page in HTML comes from
    a network in front of the service, whatever its status: from a captive portal, a proxy or a CDN.
    It says nothing about the token or the request, and the next try may reach the service. The
    exception is a proxy that checks the token in front of the user's own server, and says so.

    ``now`` is the current time. It is used if ``Retry-After`` is a date and the answer has no
    ``Date``.
    """
    status, report = answer.status, _report_of(answer)
    kind, text = _refusal_of(answer, report)
    target = {"target": _shown_location(answer)} if text is ErrorText.REDIRECTED else {}
    wait_s = retry_after_s(answer, now=now)
    return kind(
        text,
        provider=provider,
        retry_after_s=report.retry_after_s if wait_s is None else wait_s,
        status=str(status),
        answer=": ".join(filter(None, (f"HTTP {status}", _said(report)))),
        **target,
    )


def retry_after_s(answer: HttpAnswer, *, now: datetime | None = None) -> float | None:
    """Return the waiting time of ``Retry-After`` in seconds; None if it is missing or invalid.

    The header contains a number of seconds or a date (RFC 9110).
    """
    value = _header(answer, "retry-after").strip()
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return seconds(float(value))
    until = _date(value)
    # The date is compared with the service's clock, because the bridge's clock may be wrong.
    begin = _date(_header(answer, "date")) or now
    return seconds(max(0.0, (until - begin).total_seconds())) if until and begin else None


def _refusal_of(answer: HttpAnswer, report: ErrorReport) -> tuple[type[RemoteError], ErrorText]:
    status, is_page = answer.status, _is_page(answer)
    if _REDIRECT <= status < _REFUSED:
        text = ErrorText.REDIRECTED if _shown_location(answer) else ErrorText.REDIRECTED_NOWHERE
        return ConnectError, text
    if status == _LOGIN or (_OK <= status < _REDIRECT and is_page):
        return ConnectError, ErrorText.LOGIN_PAGE
    is_of_cdn = bool(_header(answer, "cf-mitigated") or _OF_CDN.fullmatch(answer.body))
    if (is_page or is_of_cdn) and not _header(answer, _REASON):
        return _refusal_by_network(answer, is_of_cdn=is_of_cdn)
    kind = _kind_of(status, report)
    if report.code == KEY_ID_CODE:
        return kind, ErrorText.KEY_ID_GIVEN
    return kind, _TRY_AGAIN.get(status) or _TEXTS[kind]


def _refusal_by_network(
    answer: HttpAnswer, *, is_of_cdn: bool
) -> tuple[type[RemoteError], ErrorText]:
    status, kind = answer.status, _kind_of(answer.status, ErrorReport())
    may_be_token = kind is AuthenticationError and not is_of_cdn
    wants_token = may_be_token and _WANTS_TOKEN.search(_header(answer, "www-authenticate"))
    if kind.retryable or wants_token:
        return kind, _TRY_AGAIN.get(status) or _TEXTS[kind]
    return ConnectError, ErrorText.FORBIDDEN_BY_PAGE if may_be_token else ErrorText.WEB_PAGE


def _kind_of(status: int, report: ErrorReport) -> type[RemoteError]:
    by_words = kind_of(report)
    match status:
        case 408 | 425:
            return ServiceError
        case 429:
            return QuotaError if by_words is QuotaError else RateLimitedError
        case _ if status >= _FAILED:
            return RateLimitedError if by_words is RateLimitedError else ServiceError
        case 401 | 403:
            by_status: type[RemoteError] = AuthenticationError
        case 402:
            by_status = QuotaError
        case _:
            by_status = ServiceRequestError
    # A text about a failure of the service does not explain the refusal, so the status counts.
    return by_status if by_words in {None, ServiceError} else by_words or by_status


def _report_of(answer: HttpAnswer) -> ErrorReport:
    """Read the service's error report. Reson8 sends it in a header, other services in the body."""
    header, body = _header(answer, _REASON), answer.body
    if header:
        return read_text(header)
    if "\ufffd" in body or _header(answer, "content-encoding"):  # not text, or compressed
        return ErrorReport()
    if not _may_be_json(body):
        return read_text(body)
    try:
        fields = JsonFields.parse(body, provider="")
    except ProtocolViolationError:
        return ErrorReport()
    return read_report(fields.values)


def _is_page(answer: HttpAnswer) -> bool:
    if _header(answer, "content-encoding"):  # the body is compressed
        return _header(answer, "content-type").lower().startswith("text/html")
    return is_markup(answer.body) and not _may_be_json(answer.body)


def _may_be_json(body: str) -> bool:
    """Return whether a body begins like JSON. Such a body may quote a page."""
    return body.lstrip()[:1] in {"{", "["}


def _said(report: ErrorReport) -> str:
    return plain_text(report.message or report.code)


def _header(answer: HttpAnswer, name: str) -> str:
    return next((value for key, value in answer.headers.items() if key.lower() == name), "")


def _shown_location(answer: HttpAnswer) -> str:
    """Return the target of a redirect, without the user and the query, which may be secret.

    The text is empty if the target is missing or invalid.
    """
    location = _header(answer, "location")
    try:
        parts = urlsplit(location)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if not host:
        return plain_text(parts.path)
    place = f"[{host}]" if ":" in host else host
    return plain_text(f"{parts.scheme}://{place}{f':{port}' if port else ''}{parts.path}")


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)

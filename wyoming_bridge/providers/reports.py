"""Reads services' error reports, and finds the class of the error by the report's code and text.

The services document few of their errors, and proxies in front of the services add other errors. So
this module reads reports in all common shapes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ..errors import (
    AuthenticationError,
    QuotaError,
    RateLimitedError,
    RemoteError,
    ServiceError,
    ServiceRequestError,
    TermsError,
)

__all__ = [
    "KEY_ID_CODE",
    "ErrorReport",
    "is_markup",
    "kind_of",
    "plain_text",
    "read_report",
    "read_text",
    "seconds",
    "wait_in_words",
]

_SHOWN_CHARACTERS: Final = 200
"""How much of the service's own text an error message quotes."""

_MAX_CODE_CHARACTERS: Final = 64

_MAX_WAIT_S: Final = 86400.0
"""One day. A larger number is ignored, because it is probably not a waiting time."""

KEY_ID_CODE: Final = "api_key_id_used_as_api_key"
"""ElevenLabs' code for a request with the id of an API key in place of the key. Home Assistant's
ElevenLabs integration checks for it too."""

_CODES: Final[Mapping[str, type[RemoteError]]] = {
    code: kind
    for kind, codes in {
        AuthenticationError: "401 403 api_key_id_used_as_api_key auth_error auth_failed "
        "authentication_error authentication_failed authentication_required expired_token "
        "forbidden invalid_api_key invalid_credentials invalid_token missing_api_key missing_token "
        "token_expired unauthenticated unauthorized",
        QuotaError: "402 credit_limit_reached insufficient_credits insufficient_quota "
        "payment_required quota_exceeded",
        TermsError: "terms_not_accepted unaccepted_terms",
        RateLimitedError: "429 queue_overflow rate_limit_exceeded rate_limited resource_exhausted "
        "system_busy too_many_concurrent_requests too_many_requests",
        ServiceRequestError: "400 404 413 422 chunk_size_exceeded detected_unusual_activity "
        "input_error invalid_audio invalid_event invalid_json invalid_model "
        "invalid_query_parameter invalid_request missing_permissions model_load_error "
        "model_not_found model_not_validated not_found payload_too_large session_rejected "
        "session_update_error",
        ServiceError: "408 425 500 502 503 504 commit_throttled insufficient_audio_activity "
        "internal_error processing_error server_error service_unavailable session_expired "
        "session_time_limit_exceeded transcriber_error transcription_failed",
    }.items()
    for code in codes.split()
}
"""The error for each known code. The codes are from HTTP, from the services' pages and client
libraries, and from reports of users."""

_BAD: Final = "(invalid|bad|wrong|missing|expired|unknown|incorrect|revoked)"
_KEY: Final = "(api.?key|token|credential)"
_ABOUT_THE_TOKEN: Final = (
    r"unauthori[sz]ed|unauthenticated|not.auth(ori[sz]ed|enticated)"
    rf"|authentication.(required|failed)|{_BAD}.{{0,12}}(\bkey\b|{_KEY})"
    rf"|{_KEY}s?\b.{{0,20}}({_BAD}|required|not.valid)"
)
_ABOUT_CREDIT: Final = (
    r"quota|(no|out.of|not.enough|insufficient).(credit|fund|balance)|credit.limit"
    r"|payment.required"
)

_WORDS: Final[tuple[tuple[re.Pattern[str], type[RemoteError]], ...]] = tuple(
    (re.compile(words, re.IGNORECASE), kind)
    for words, kind in (
        (r"missing.permission|lacks?.permission|unusual.activity", ServiceRequestError),
        (_ABOUT_CREDIT, QuotaError),
        (r"rate.?limit|too.many|concurren|slow.down", RateLimitedError),
        (r"(accept|agree)\b.{0,20}\bterms\b", TermsError),
        (_ABOUT_THE_TOKEN, AuthenticationError),
    )
)
"""The error for a text that matches a pattern. The first pattern that matches counts."""

# A service may answer with a megabyte of any text. So the time to search a text must grow with its
# size, and not with the square of its size.
_MARKUP: Final = re.compile(r"<(?:html|!doctype|head|body)\b", re.IGNORECASE)
_TITLE: Final = re.compile(r"<title[^<>]*>", re.IGNORECASE)
_TITLE_END: Final = re.compile(r"</title>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^>]*>?")

_WAIT: Final = re.compile(
    r"(?:again|retry|wait)\b\D{0,20}?(?P<number>\d{1,9}(?:\.\d{1,9})?)\s*"
    r"(?P<unit>ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?)\b",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"\d{1,9}(\.\d{1,9})?")
_WAIT_FIELDS: Final[Mapping[str, float]] = {
    "retry_after": 1,
    "retry_after_s": 1,
    "retry_after_secs": 1,
    "retry_after_seconds": 1,
    "retry_after_ms": 0.001,
    "retryAfter": 1,
}
"""The fields that can contain a waiting time, and the number of seconds in each field's unit."""

_INNER: Final = ("error", "detail", "errors", "message")
"""The fields that can hold the report as an object, or as a list of objects."""

_CODE_FIELDS: Final = ("code", "error_code", "status", "type", "error_type", "error")
"""The fields that can contain a code. The value of ``error`` counts as a code if it is in
``_CODES``, and as a message otherwise."""

_MESSAGE_FIELDS: Final = (
    *("message", "msg", "detail", "error_message", "error_description", "description", "title"),
    *("reason", "error"),
)
_NO_CODES: Final = frozenset({"error", "about:blank", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorReport:
    """A service's description of an error."""

    code: str = ""
    """The service's error code, unchanged; empty if there is no code."""
    message: str = ""
    """The message as plain text; empty if there is no message."""
    retry_after_s: float | None = None
    """How long to wait before the next try; None if the report does not contain this."""

    @property
    def text(self) -> str:
        """The code and the message, without an empty or repeated part."""
        code = "" if self.code.lower() == self.message.lower() else self.code
        return ": ".join(filter(None, (code, self.message)))


def kind_of(report: ErrorReport) -> type[RemoteError] | None:
    """Return the error class for a report; None if its code and text are both unknown."""
    code = re.sub(r"[\s-]+", "_", report.code.strip().lower())
    if known := _CODES.get(code):
        return known
    text = f"{report.code} {report.message}".replace("_", " ")
    if known := _CODES.get(report.message.strip().lower().replace(" ", "_")):
        return known
    return next((kind for words, kind in _WORDS if words.search(text)), None)


def read_report(values: Mapping[str, object]) -> ErrorReport:
    """Read an error report. Its fields may be in an inner object: see ``_INNER``."""
    places = [*_inner(values), values]
    codes = [code for place in places for code in _codes(place)]
    code = next((each for each in codes if each.lower() in _CODES), codes[0] if codes else "")
    messages = (place.get(name) for place in places for name in _MESSAGE_FIELDS)
    texts = (plain_text(each) for each in messages if isinstance(each, str))
    message = next((text for text in texts if text and text != code), "")
    waits = (_wait_in(place) for place in places)
    wait_s = next((each for each in waits if each is not None), None)
    return ErrorReport(
        code=code,
        message=message,
        retry_after_s=wait_in_words(message) if wait_s is None else wait_s,
    )


def read_text(text: str) -> ErrorReport:
    """Read an error report that is only a text, such as the reason of a close frame."""
    shown = plain_text(text)
    return ErrorReport(message=shown, retry_after_s=wait_in_words(shown))


def plain_text(text: str) -> str:
    """Return a service's text on one line, shortened for display. HTML is reduced to its title."""
    if is_markup(text):
        title = _title_of(text)
        import html  # here, because few services answer with a page and the module takes 0.5 MB

        text = "HTML" if title is None else _TAG.sub("", html.unescape(title))
    shown = " ".join(text.split())
    if len(shown) <= _SHOWN_CHARACTERS:
        return shown
    cut = shown[:_SHOWN_CHARACTERS]
    return cut.rpartition(" ")[0] or cut  # whole words, because half a token would not be masked


def is_markup(text: str) -> bool:
    """Return whether a text is a page in HTML or XML."""
    begin = text.lstrip().removeprefix("\ufeff").lstrip()
    return begin.startswith("<") or _MARKUP.search(text) is not None


def _title_of(page: str) -> str | None:
    begin = _TITLE.search(page)
    end = _TITLE_END.search(page, begin.end()) if begin else None
    return page[begin.end() : end.start()] if begin and end else None


def wait_in_words(text: str) -> float | None:
    """Return the waiting time of a text such as "try again in 2 seconds", in seconds, or None."""
    found = _WAIT.search(text)
    if not found:
        return None
    unit = found["unit"].lower()
    factor = 0.001 if unit.startswith(("ms", "milli")) else 60 if unit.startswith("m") else 1
    return seconds(float(found["number"]) * factor)


def seconds(value: float) -> float | None:
    """Return a waiting time unchanged, or None if it is negative or longer than a day."""
    return value if 0 <= value <= _MAX_WAIT_S else None


def _inner(values: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    for name in _INNER:
        value = values.get(name)
        entries = value if isinstance(value, list) else [value]
        yield from (entry for entry in entries[:1] if isinstance(entry, dict))


def _codes(values: Mapping[str, object]) -> Iterator[str]:
    for name in _CODE_FIELDS:
        value = values.get(name)
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            continue
        code = str(value) if isinstance(value, str) or abs(value) < 1000 else ""  # noqa: PLR2004 - HTTP's statuses
        is_code = 0 < len(code) <= _MAX_CODE_CHARACTERS and not re.search(r"\s|://", code)
        if name == "error":
            is_code = code.lower() in _CODES
        if is_code and code.lower() not in _NO_CODES:
            yield code


def _wait_in(values: Mapping[str, object]) -> float | None:
    for name, unit_s in _WAIT_FIELDS.items():
        value = values.get(name)
        if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
            value = float(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            is_meant = 0 <= value <= _MAX_WAIT_S / unit_s
            return value * unit_s if is_meant else None
    return None

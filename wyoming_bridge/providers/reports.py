"""Reads services' error reports, and finds the class of the error by the report's code and text.

The services document few of their errors, and proxies in front of the services add other errors. So
this module reads reports in all common shapes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ..errors import RemoteError
from .error_codes import ERROR_CODES, ERROR_WORDS
from .service_text import plain_text

__all__ = ["ErrorReport", "kind_of", "read_report", "read_text", "seconds", "wait_in_words"]

_MAX_CODE_CHARACTERS: Final = 64

_MAX_WAIT_S: Final = 86400.0
"""One day. A larger number is ignored, because it is probably not a waiting time."""

# As in ``service_text``, the time of a search must not grow faster than the size of the text.
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
``ERROR_CODES``, and as a message otherwise."""

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
    if known := ERROR_CODES.get(code):
        return known
    text = f"{report.code} {report.message}".replace("_", " ")
    if known := ERROR_CODES.get(report.message.strip().lower().replace(" ", "_")):
        return known
    return next((kind for words, kind in ERROR_WORDS if words.search(text)), None)


def read_report(values: Mapping[str, object]) -> ErrorReport:
    """Read an error report. Its fields may be in an inner object: see ``_INNER``."""
    places = [*_inner(values), values]
    codes = [code for place in places for code in _codes(place)]
    code = next((each for each in codes if each.lower() in ERROR_CODES), codes[0] if codes else "")
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
            is_code = code.lower() in ERROR_CODES
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

"""Recognises what the error of a server means for a commit, and whether it ends the session."""

from typing import Final

from ....errors import AuthenticationError, QuotaError, RateLimitedError, ServiceError
from ...reports import ErrorReport, kind_of

__all__ = ["ends_session", "is_empty_commit", "is_refused_commit"]

_ENDING: Final = (AuthenticationError, QuotaError, RateLimitedError, ServiceError)
"""The errors that end the session. After all other errors, the session continues."""

_NOTHING_TO_COMMIT: Final = "input_audio_buffer_commit_empty"
_NOTHING_WORDS: Final = ("buffer too small", "buffer is empty")
"""OpenAI's code for a commit without enough audio, and words in the error texts of servers that do
not send this code."""

_NO_COMMIT: Final = "not_implemented"
"""LocalAI's code for a commit while the server detects turns."""


def is_empty_commit(report: ErrorReport) -> bool:
    """Return whether the server found not enough audio for a commit."""
    return report.code == _NOTHING_TO_COMMIT or any(
        words in report.message for words in _NOTHING_WORDS
    )


def is_refused_commit(report: ErrorReport) -> bool:
    """Return whether the server accepts no commits, because it detects turns."""
    return report.code == _NO_COMMIT


def ends_session(report: ErrorReport) -> bool:
    """Return whether the session cannot go on after the error."""
    return kind_of(report) in _ENDING

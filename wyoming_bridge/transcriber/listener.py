"""What can be observed of utterances from outside, for statistics."""

from typing import Protocol

from .result import Result

__all__ = ["UtteranceListener"]


class UtteranceListener(Protocol):
    """Gets to know what happens in all utterances. Its methods return at once, and do not raise.

    ``profile`` is the name of the profile that a session belongs to, and ``requested`` that of the
    profile that the utterance was meant for.
    """

    def session_opened(self, profile: str, *, is_further: bool) -> None:
        """Note a new session. It ``is_further`` if the utterance had one of the profile before."""

    def session_failed(self, profile: str, error: Exception) -> None:
        """Note that a session failed. Another one may replace it."""

    def resolved(self, requested: str, result: Result) -> None:
        """Note the result of an utterance."""

    def failed(self, requested: str, error: Exception) -> None:
        """Note the error of an utterance that has no result."""

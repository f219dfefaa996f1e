"""The base class of the errors that this package reports.

Each error has a stable ``code``, the ``provider`` that it is about, whether a new connection may
help (``retryable``), and what the user can do (``advice``). If the message is an ``ErrorText``, the
error also has this ``text``, and the ``placeholders`` for a translation.
"""

from copy import copy
from typing import ClassVar, Self

from .describing import one_line
from .texts import ErrorText

__all__ = ["BridgeError"]


class BridgeError(Exception):
    """The base class of all errors that this package raises on purpose."""

    code: ClassVar[str] = "bridge_error"
    """Stable identifier, the same in Wyoming, on the command line and in Home Assistant."""

    retryable: ClassVar[bool] = False
    """Whether the same request on a new connection may succeed."""

    advice: str = ""
    """What the user can do, as a sentence; empty if there is nothing to do."""

    def __init__(
        self,
        message: str | ErrorText,
        *,
        provider: str | None = None,
        retry_after_s: float | None = None,
        **placeholders: str,
    ) -> None:
        """Create the error. If ``message`` is an ``ErrorText``, its placeholders are required."""
        self.text = message if isinstance(message, ErrorText) else None
        """The text of the message, which can be translated; None if there is only the message."""
        self.placeholders = {name: one_line(value) for name, value in placeholders.items()}
        text = message if isinstance(message, str) else message.value.format(**self.placeholders)
        super().__init__(one_line(text))
        self.provider = provider
        self.retry_after_s = retry_after_s
        """How long the service asks to wait before the next attempt; None if it does not ask."""

    def with_message(self, message: str) -> Self:
        """Return the same error with another message, which has no translation."""
        other = copy(self)
        other.args, other.text = (one_line(message),), None
        return other

    def advising(self, advice: str) -> Self:
        """Return the same error with another advice. Its text can still be translated."""
        other = copy(self)
        other.advice = advice
        return other

    def without(self, secret: str) -> Self:
        """Return the same error with asterisks in place of a secret."""
        if not any(secret in each for each in (self.message, *self.placeholders.values())):
            return self
        other = copy(self)
        other.args = (self.message.replace(secret, "***"),)
        other.placeholders = {
            name: value.replace(secret, "***") for name, value in self.placeholders.items()
        }
        return other

    def to_data(self) -> dict[str, object]:
        """Return the error as JSON values, with what a translation needs if there is a ``text``."""
        data: dict[str, object] = {"text": self.with_advice, "code": self.code}
        if self.text:
            data |= {"text_key": self.text.key, "placeholders": self.placeholders}
        return data

    @property
    def message(self) -> str:
        """The message without the provider's name in front."""
        return super().__str__()

    @property
    def with_advice(self) -> str:
        """The message, followed by the advice if there is any."""
        return f"{self}. {self.advice}" if self.advice else str(self)

    def __str__(self) -> str:
        return f"{self.provider}: {self.message}" if self.provider else self.message

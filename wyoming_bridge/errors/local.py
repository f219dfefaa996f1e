"""The errors whose cause is at the bridge or at its client."""

from enum import StrEnum
from typing import Self

from .base import BridgeError
from .describing import one_line, path_text, symbol_of
from .texts import ErrorText

__all__ = [
    "AccessError",
    "AudioFormatError",
    "BudgetError",
    "ConfigError",
    "DependencyError",
    "LifecycleError",
    "LocalError",
    "MediaError",
    "MediaProblem",
    "NotListedError",
    "RequestError",
    "StateError",
    "StoppingError",
    "WireError",
]


class LocalError(BridgeError):
    """The cause is at the bridge or at its client."""


class ConfigError(LocalError):
    """A setting is unknown, has the wrong type or has a value that is not allowed."""

    code = "config_invalid"

    @property
    def setting(self) -> str:
        """The name of the wrong setting, which begins the message; empty if there is no name."""
        name, colon, _ = self.message.partition(":")
        return name if colon else ""


class StateError(ConfigError):
    """The state folder cannot be read or written: it is missing, not permitted or full."""

    code = "state_unavailable"
    advice = "Check the permissions and the free space of the state folder, or set another one."

    @classmethod
    def of(cls, err: OSError, path: str, *, setting: str) -> Self:
        """Return the error for an unusable ``path``; ``setting`` is the setting that needs it."""
        return cls(path_text(err), setting=setting, path=path, reason=symbol_of(err))


class DependencyError(LocalError):
    """A feature needs a library that is not installed."""

    code = "dependency_missing"


class RequestError(LocalError):
    """A client requested something that the bridge cannot do."""

    code = "invalid_request"

    @classmethod
    def of(cls, error: ConfigError) -> Self:
        """Convert an error about a setting for a client that has requested this setting."""
        requested = cls(error.message)
        requested.text, requested.placeholders = error.text, error.placeholders
        return requested


class AudioFormatError(LocalError):
    """The audio has a format that is not supported."""

    code = "unsupported_audio"


class MediaProblem(StrEnum):
    """Why the audio of a URL or a file is not available."""

    INVALID_URL = "invalid_url"
    """The URL is malformed, or its scheme is not supported."""
    FORBIDDEN_ADDRESS = "forbidden_address"
    """The URL points to this machine or to a private network, which is not allowed."""
    NOT_FOUND = "not_found"
    """The server has nothing at this URL."""
    NEEDS_AUTHENTICATION = "needs_authentication"
    """The server requires a login, or the URL has expired."""
    UNREACHABLE = "unreachable"
    """The server cannot be reached, or it failed."""
    STALLED = "stalled"
    """The server stopped sending."""
    UNSUPPORTED_FORMAT = "unsupported_format"
    """The content is not audio, or its format cannot be decoded."""
    BUSY = "busy"
    """The maximum number of files and streams is being decoded already."""


class MediaError(LocalError):
    """The audio of a URL or a file is not available."""

    code = "audio_unavailable"

    def __init__(
        self,
        message: str | ErrorText,
        *,
        problem: MediaProblem = MediaProblem.UNREACHABLE,
        **placeholders: str,
    ) -> None:
        """Create the error. ``problem`` has a default, because a remote bridge does not send it.

        ``place`` among the placeholders is the address or the file, as a message may show it.
        """
        super().__init__(message, provider=None, retry_after_s=None, **placeholders)
        self.problem = problem

    def at(self, place: str) -> Self:
        """Return the same error with the address or the file that it is about.

        An error that already names its place is returned unchanged: its place can be more exact,
        such as that of a segment of a playlist.
        """
        if self.text or "place" in self.placeholders:
            return self
        other = self.with_message(f"{place}: {self.message}")
        other.placeholders = {**self.placeholders, "place": one_line(place)}
        return other


class WireError(LocalError):
    """A Wyoming event is malformed or larger than allowed."""

    code = "bad_event"


class AccessError(LocalError):
    """The client is not allowed to use the bridge."""

    code = "access_denied"
    advice = "Give the client the bridge's access token, or add its address to the allow list."


class NotListedError(AccessError):
    """The bridge has an allow list but no token, and the client's address is not on the list."""

    code = "address_not_listed"
    advice = "Add the client's address to the bridge's allow list."


class BudgetError(LocalError):
    """The profile has reached its daily limit of audio."""

    code = "budget_exceeded"
    advice = "Raise the profile's max_seconds_per_day, or wait until tomorrow."


class StoppingError(LocalError):
    """The bridge was stopped before the utterance had a result."""

    code = "bridge_stopping"
    retryable = True


class LifecycleError(LocalError):
    """A method was called in a state that does not allow it."""

    code = "wrong_state"

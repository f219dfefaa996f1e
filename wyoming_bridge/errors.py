"""Everything that can go wrong, grouped by who must act.

::

    BridgeError
    ├── LocalError                  our side, or whoever speaks to us
    │   ├── ConfigError             the person who wrote the settings
    │   │   └── StateError          ... or filled the disk
    │   ├── DependencyError         the person who installed the package
    │   ├── RequestError            the client that asked for something we do not have
    │   ├── AudioFormatError        the client that sent audio we cannot read
    │   ├── MediaError              whoever named an address or a file: its audio cannot be had
    │   ├── WireError               the client whose Wyoming events cannot be read
    │   ├── AccessError             the client without a token, and whoever set it up
    │   │   └── NotListedError      ... whose address is not listed
    │   ├── BudgetError             the person who set the daily limit
    │   ├── StoppingError           nobody: the bridge is going down
    │   └── LifecycleError          the programmer who called out of turn
    └── RemoteError                 the speech service, or the way to it
        ├── AuthenticationError     the account's owner: the token is wrong
        ├── QuotaError              the account's owner: nothing is left to spend
        ├── TermsError              the account's owner: terms wait to be accepted
        ├── ServiceRequestError     the service refused what we asked for
        ├── ConnectError            nobody yet: the service cannot be reached
        │   └── ConnectTimeoutError     ... within the connect limit
        ├── ConnectionLostError     nobody yet: the connection broke
        ├── ProtocolViolationError  the service: what it sent cannot be read
        ├── RateLimitedError        nobody: wait
        ├── StartingError           nobody: wait for minutes, the service was asleep
        ├── ServiceError            the service: it said that it failed
        └── FinalTimeoutError       the service: the final did not come in time

Each carries a stable ``code``, the ``provider`` it is about, whether a new connection may
mend it (``retryable``), what to do about it (``advice``), and ``placeholders`` for whoever
translates the message.
"""

import os
from enum import StrEnum
from typing import ClassVar, Final

__all__ = [
    "AccessError",
    "AudioFormatError",
    "AuthenticationError",
    "BridgeError",
    "BudgetError",
    "ConfigError",
    "ConnectError",
    "ConnectTimeoutError",
    "ConnectionLostError",
    "DependencyError",
    "FinalTimeoutError",
    "LifecycleError",
    "LocalError",
    "MediaError",
    "MediaProblem",
    "NotListedError",
    "ProtocolViolationError",
    "QuotaError",
    "RateLimitedError",
    "RemoteError",
    "RequestError",
    "ServiceError",
    "ServiceRequestError",
    "StartingError",
    "StateError",
    "StoppingError",
    "TermsError",
    "WireError",
    "error_from_code",
    "one_line",
    "reason_of",
]


_MAX_MESSAGE_CHARACTERS: Final = 500


class BridgeError(Exception):
    """The root: catching it catches whatever this package raises on purpose."""

    code: ClassVar[str] = "bridge_error"
    """Stable identifier, the same in Wyoming, the CLI and Home Assistant."""

    retryable: ClassVar[bool] = False
    """Whether the same request on a new connection may succeed."""

    advice: ClassVar[str] = ""
    """What the person who reads the message can do, as a sentence; empty where there is nothing."""

    def __init__(self, message: str, *, provider: str | None = None, **placeholders: str) -> None:
        super().__init__(one_line(message))
        self.provider = provider
        self.placeholders = placeholders

    @property
    def message(self) -> str:
        """What went wrong, without the provider's name in front."""
        return super().__str__()

    @property
    def with_advice(self) -> str:
        """The message, and what to do about it."""
        return f"{self}. {self.advice}" if self.advice else str(self)

    def __str__(self) -> str:
        return f"{self.provider}: {self.message}" if self.provider else self.message


def one_line(message: str) -> str:
    """What a service or a client wrote must not fill a log, forge a line or move a cursor."""
    shown = message[:_MAX_MESSAGE_CHARACTERS]
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else " " for c in shown)
    return " ".join(shown.split())


class LocalError(BridgeError):
    """The fault is on our side, or with whoever speaks to us."""


class ConfigError(LocalError):
    """A setting is unknown, of the wrong type or impossible."""

    code = "config_invalid"

    @property
    def setting(self) -> str:
        """Which one, where the message is about one: it begins with its name."""
        name, colon, _ = self.message.partition(":")
        return name if colon else ""


class StateError(ConfigError):
    """What has to be remembered cannot be: the folder is missing, closed or full."""

    code = "state_unavailable"
    advice = "Make room in the state folder, or name another one."


class DependencyError(LocalError):
    """A part was asked for whose library is not installed."""

    code = "dependency_missing"


class RequestError(LocalError):
    """A client asked for something that the bridge does not have."""

    code = "invalid_request"


class AudioFormatError(LocalError):
    """The audio is in a format that cannot be read."""

    code = "unsupported_audio"


class MediaProblem(StrEnum):
    """Why the audio of an address or a file cannot be had."""

    INVALID_URL = "invalid_url"
    """It is no address that could be fetched."""
    FORBIDDEN_ADDRESS = "forbidden_address"
    """It lies on this machine or in a private network, which is not allowed."""
    NOT_FOUND = "not_found"
    """There is nothing there."""
    NEEDS_AUTHENTICATION = "needs_authentication"
    """It is expired, or without permission."""
    UNREACHABLE = "unreachable"
    """Its server cannot be reached, or fails."""
    STALLED = "stalled"
    """Its server stopped sending."""
    UNSUPPORTED_FORMAT = "unsupported_format"
    """It is no audio, or none that can be decoded."""


class MediaError(LocalError):
    """The audio of an address or a file cannot be had."""

    code = "audio_unavailable"

    def __init__(self, message: str, *, problem: MediaProblem = MediaProblem.UNREACHABLE) -> None:
        """Say what is wrong; a bridge elsewhere does not tell which problem it is."""
        super().__init__(message)
        self.problem = problem


class WireError(LocalError):
    """A Wyoming event is malformed or larger than allowed."""

    code = "bad_event"


class AccessError(LocalError):
    """A client may not use the bridge."""

    code = "access_denied"
    advice = "Send the bridge's access token, or have the address added to its allow list."


class NotListedError(AccessError):
    """The bridge has no token, only a list of addresses, and the client's is not on it."""

    code = "address_not_listed"
    advice = "Have the address added to the bridge's allow list."


class BudgetError(LocalError):
    """The profile has sent as much audio today as it may."""

    code = "budget_exceeded"
    advice = "Raise max_seconds_per_day of the profile, or wait until tomorrow."


class StoppingError(LocalError):
    """The bridge is being stopped before the utterance could be answered."""

    code = "bridge_stopping"
    retryable = True


class LifecycleError(LocalError):
    """A call came in a state that does not allow it."""

    code = "wrong_state"


class RemoteError(BridgeError):
    """The fault is with the speech service, or on the way to it."""


class AuthenticationError(RemoteError):
    """The service does not accept the token."""

    code = "auth_failed"
    advice = "Check the token of the profile."


class QuotaError(RemoteError):
    """The account has nothing left to spend."""

    code = "quota_exceeded"
    advice = "Check the credit of the account."


class TermsError(RemoteError):
    """The account's owner has to accept the service's terms first."""

    code = "terms_not_accepted"
    advice = "Accept the terms in the account of the service."


class ServiceRequestError(RemoteError):
    """The service refused what was asked of it."""

    code = "refused_by_service"


class ConnectError(RemoteError):
    """The service cannot be reached."""

    code = "cannot_connect"
    advice = "Check the network and the address."
    retryable = True


class ConnectTimeoutError(ConnectError, TimeoutError):
    """The service did not answer within the connect limit."""

    code = "connect_timeout"


class ConnectionLostError(RemoteError):
    """The connection ended before the service was done."""

    code = "connection_lost"
    advice = "Try again."
    retryable = True


class ProtocolViolationError(RemoteError):
    """The service sent something that its protocol does not allow."""

    code = "protocol_violation"
    retryable = True


class RateLimitedError(RemoteError):
    """The service asks to wait before the next request."""

    code = "rate_limited"
    advice = "Wait a moment, then try again."
    retryable = True


class StartingError(RemoteError):
    """The service was scaled down; it is being started, which takes it minutes."""

    code = "service_starting"
    advice = "Try again in a few minutes."
    retryable = True


class ServiceError(RemoteError):
    """The service said that it failed."""

    code = "service_error"
    advice = "Try again."
    retryable = True


class FinalTimeoutError(RemoteError, TimeoutError):
    """No transcript came in time, and no finals are known to cover the speech."""

    code = "final_timeout"
    advice = "Try again."
    retryable = True


def error_from_code(code: str, message: str) -> BridgeError:
    """The error that a bridge elsewhere reported, of the class that its code belongs to."""
    classes = [BridgeError]
    for each in classes:
        if each.code == code:
            # The bridge elsewhere has added the advice, which the error adds by itself.
            return each(message.removesuffix(f". {each.advice}") if each.advice else message)
        classes += each.__subclasses__()
    return RemoteError(message)


def reason_of(error: OSError) -> str:
    """Why the operating system refused, in its own words and without what was tried."""
    if error.errno is not None and error.errno > 0:  # name resolution has numbers of its own
        return os.strerror(error.errno)
    return error.strerror or str(error) or type(error).__name__

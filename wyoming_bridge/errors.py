"""The errors that this package reports, grouped by where the cause is.

The text after each class says who has to act or what helps, and then the cause.

::

    BridgeError
    ├── LocalError                  the cause is at the bridge or its client
    │   ├── ConfigError             the administrator: a setting is wrong
    │   │   └── StateError          the administrator: the state folder is not usable
    │   ├── ListenError             the administrator: the machine has no such address (*)
    │   ├── DependencyError         the administrator: a library is not installed
    │   ├── RequestError            the client: its request is not valid
    │   ├── AudioFormatError        the client: its audio cannot be read
    │   ├── MediaError              the client: the URL or file that it named gives no audio
    │   ├── WireError               the client: its Wyoming events cannot be read
    │   ├── AccessError             the client: it has no valid token
    │   │   └── NotListedError      the administrator: the client's address is not allowed
    │   ├── BudgetError             the administrator: the daily limit is reached
    │   ├── StoppingError           no action: the bridge is shutting down
    │   └── LifecycleError          the programmer: a method was called in the wrong state
    └── RemoteError                 the cause is at the service, a remote bridge or the network
        ├── UnprovenError           the user: the bridge does not prove that it is the right one
        ├── AuthenticationError     the account's owner: the token is wrong
        │   └── HomeTokenError          the administrator: Home Assistant's token is wrong (*)
        ├── QuotaError              the account's owner: there is no credit left
        ├── TermsError              the account's owner: the terms are not accepted
        ├── ServiceRequestError     the user: the service refused the request
        ├── ConnectError            retry: the service cannot be reached
        │   ├── ConnectTimeoutError     retry: the service did not answer in time
        │   ├── OpenFilesError          the administrator: there are too many open files
        │   ├── CertificateTimeError    the administrator: the clock or the certificate is wrong
        │   └── ProxyError              the administrator: the proxy cannot connect to the service
        │       └── ProxySettingError   the administrator: the setting of the proxy is wrong
        ├── ConnectionLostError     retry: the connection was lost
        ├── ProtocolViolationError  retry: the service broke its own protocol
        ├── RateLimitedError        wait: there were too many requests
        ├── StartingError           wait for minutes: the service is starting
        ├── ServiceError            retry: the service reported a failure
        └── FinalTimeoutError       retry: the final text did not arrive in time

(*) These two are defined in ``listening`` and ``home``, the others here.

``BridgeError`` is in ``bridge_error``, which says what each error has.
"""

from typing import Self

from .bridge_error import BridgeError
from .error_texts import (
    ErrorText,
    MediaProblem,
    one_line,
    path_text,
    place_of,
    reason_of,
    symbol_of,
)

__all__ = [
    "AccessError",
    "AudioFormatError",
    "AuthenticationError",
    "BridgeError",
    "BudgetError",
    "CertificateTimeError",
    "ConfigError",
    "ConnectError",
    "ConnectTimeoutError",
    "ConnectionLostError",
    "DependencyError",
    "ErrorText",
    "FinalTimeoutError",
    "LifecycleError",
    "LocalError",
    "MediaError",
    "MediaProblem",
    "NotListedError",
    "OpenFilesError",
    "ProtocolViolationError",
    "ProxyError",
    "ProxySettingError",
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
    "UnprovenError",
    "WireError",
    "one_line",
    "place_of",
    "reason_of",
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


class RemoteError(BridgeError):
    """The cause is at the speech service, at a remote bridge or on the network."""


class UnprovenError(RemoteError):
    """The remote bridge did not prove that it knows the access token, so it gets no audio."""

    code = "bridge_unproven"
    advice = (
        "Check that the address is the bridge's, that the bridge is up to date, and that both have "
        "the same access token."
    )


class AuthenticationError(RemoteError):
    """The service does not accept the token."""

    code = "auth_failed"
    advice = "Check the profile's token."


class QuotaError(RemoteError):
    """The account at the service has no credit left."""

    code = "quota_exceeded"
    advice = "Check the account's credit."


class TermsError(RemoteError):
    """The account's owner has not accepted the service's terms yet."""

    code = "terms_not_accepted"
    advice = "Accept the terms in your account at the service."


class ServiceRequestError(RemoteError):
    """The service refused the request."""

    code = "refused_by_service"


class ConnectError(RemoteError):
    """The service cannot be reached."""

    code = "cannot_connect"
    advice = "Check the network and the service's address."
    retryable = True


class ConnectTimeoutError(ConnectError, TimeoutError):
    """The service did not answer within the connect timeout."""

    code = "connect_timeout"


class CertificateTimeError(ConnectError):
    """The service's certificate is not valid at the time of this machine's clock."""

    code = "certificate_time"
    advice = "Check the date and time of this machine's clock."


class ProxyError(ConnectError):
    """The proxy that the environment sets cannot be reached, or cannot reach the service."""

    code = "proxy_failed"
    advice = "Check the proxy, or list the service's host in NO_PROXY."


class ProxySettingError(ProxyError):
    """The proxy that the environment sets cannot be used, or refuses the bridge."""

    code = "proxy_refused"
    advice = "Correct the environment variable, or list the service's host in NO_PROXY."
    retryable = False


class OpenFilesError(ConnectError):
    """The bridge has reached its limit of open files, so it cannot connect to the service."""

    code = "too_many_open_files"
    advice = "Raise the limit of open files: LimitNOFILE of the service, or ulimit -n."


class ConnectionLostError(RemoteError):
    """The connection was lost before the service had finished."""

    code = "connection_lost"
    advice = "Try again."
    retryable = True


class ProtocolViolationError(RemoteError):
    """The service sent a message that its protocol does not allow."""

    code = "protocol_violation"
    retryable = True


class RateLimitedError(RemoteError):
    """The service received too many requests and asks to wait."""

    code = "rate_limited"
    advice = "Wait a moment, then try again."
    retryable = True


class StartingError(RemoteError):
    """The service was scaled to zero and is starting, which takes minutes."""

    code = "service_starting"
    advice = "Try again in a few minutes."
    retryable = True


class ServiceError(RemoteError):
    """The service reported a failure of its own."""

    code = "service_error"
    advice = "Try again."
    retryable = True


class FinalTimeoutError(RemoteError, TimeoutError):
    """No transcript arrived in time, and no finals are known to cover the speech."""

    code = "final_timeout"
    advice = "Try again."
    retryable = True

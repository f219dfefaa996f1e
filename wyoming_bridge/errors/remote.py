"""The errors whose cause is at the speech service, at a remote bridge or on the network."""

from .base import BridgeError

__all__ = [
    "AuthenticationError",
    "CertificateTimeError",
    "ConnectError",
    "ConnectTimeoutError",
    "ConnectionLostError",
    "FinalTimeoutError",
    "OpenFilesError",
    "ProtocolViolationError",
    "ProxyError",
    "ProxySettingError",
    "QuotaError",
    "RateLimitedError",
    "RemoteError",
    "ServiceError",
    "ServiceRequestError",
    "StartingError",
    "TermsError",
    "UnprovenError",
]


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

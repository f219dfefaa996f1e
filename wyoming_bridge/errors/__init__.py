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

``base`` says what each error has, ``texts`` has the texts of the errors, and ``names`` has what an
error about an unknown name says.
"""

from .base import BridgeError
from .describing import one_line, place_of, reason_of
from .local import (
    AccessError,
    AudioFormatError,
    BudgetError,
    ConfigError,
    DependencyError,
    LifecycleError,
    LocalError,
    MediaError,
    MediaProblem,
    NotListedError,
    RequestError,
    StateError,
    StoppingError,
    WireError,
)
from .names import alternatives, did_you_mean, listed, most_similar
from .remote import (
    AuthenticationError,
    CertificateTimeError,
    ConnectError,
    ConnectionLostError,
    ConnectTimeoutError,
    FinalTimeoutError,
    OpenFilesError,
    ProtocolViolationError,
    ProxyError,
    ProxySettingError,
    QuotaError,
    RateLimitedError,
    RemoteError,
    ServiceError,
    ServiceRequestError,
    StartingError,
    TermsError,
    UnprovenError,
)
from .texts import ErrorText

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
    "alternatives",
    "did_you_mean",
    "listed",
    "most_similar",
    "one_line",
    "place_of",
    "reason_of",
]

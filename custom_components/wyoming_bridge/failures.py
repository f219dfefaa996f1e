"""The one table of what each error means in Home Assistant."""

from dataclasses import dataclass
from typing import Final, TypedDict

from homeassistant.const import CONF_TOKEN, CONF_URL

from .bridge import (
    AccessError,
    AuthenticationError,
    BridgeError,
    BudgetError,
    ConfigError,
    ConnectError,
    ConnectTimeoutError,
    MediaError,
    NotListedError,
    ProtocolViolationError,
    QuotaError,
    RateLimitedError,
    RequestError,
    ServiceRequestError,
    StartingError,
    TermsError,
    UnprovenError,
)
from .const import DOMAIN

REQUEST_ERRORS: Final = (MediaError, RequestError, ServiceRequestError)
"""Errors of one request, such as an unreadable recording; the account itself works."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """How Home Assistant handles one kind of error."""

    key: str
    """Translation key of the message in a form, an issue and an exception."""
    field: str = "base"
    """The field of the form at which the error is shown."""
    reauth: bool = False
    """Whether the user has to enter a new token."""
    repair: bool = False
    """Whether the user has to act outside the form. If so, an issue is shown until an
    utterance succeeds."""
    unreachable: bool = False
    """Whether the service is unavailable for now, so that another attempt may work."""


_FAILURES: Final[tuple[tuple[type[BridgeError], Failure], ...]] = (
    (AuthenticationError, Failure(key="invalid_auth", field=CONF_TOKEN, reauth=True)),
    (NotListedError, Failure(key="not_listed")),
    (AccessError, Failure(key="access_denied", field=CONF_TOKEN, reauth=True)),
    (UnprovenError, Failure(key="bridge_unproven", field=CONF_URL, unreachable=True)),
    (QuotaError, Failure(key="quota", repair=True)),
    (TermsError, Failure(key="terms", repair=True)),
    (ServiceRequestError, Failure(key="refused", repair=True)),
    (BudgetError, Failure(key="daily_limit")),
    (ConnectTimeoutError, Failure(key="timeout", field=CONF_URL, unreachable=True)),
    (ConnectError, Failure(key="cannot_connect", field=CONF_URL, unreachable=True)),
    (MediaError, Failure(key="no_audio")),
    (ProtocolViolationError, Failure(key="wrong_server", field=CONF_URL)),
    (StartingError, Failure(key="service_starting")),
    (RateLimitedError, Failure(key="rate_limited")),
    (ConfigError, Failure(key="invalid_setting")),
    (RequestError, Failure(key="invalid_setting")),
    (BridgeError, Failure(key="failed")),
)
"""The first row that matches an error applies."""

_REMOTE_TOKEN: Final = Failure(key="bridge_account", repair=True)
"""The remote bridge's token for its service is invalid; its access token is valid."""


def failure_of(error: BridgeError, *, remote: bool = False) -> Failure:
    """Return how to handle an error; ``remote`` if a remote bridge reported it."""
    if remote and isinstance(error, AuthenticationError):
        return _REMOTE_TOKEN
    return next(failure for kind, failure in _FAILURES if isinstance(error, kind))


class Translation(TypedDict):
    """The arguments of an exception that Home Assistant translates."""

    translation_domain: str
    translation_key: str
    translation_placeholders: dict[str, str]


def translated(error: BridgeError) -> Translation:
    """Return the arguments of a Home Assistant exception for an error."""
    return {
        "translation_domain": DOMAIN,
        "translation_key": failure_of(error).key,
        "translation_placeholders": {"error": error.message},
    }

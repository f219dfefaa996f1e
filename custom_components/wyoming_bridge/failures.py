"""What each error of the bridge means in Home Assistant: the one table."""

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
)
from .const import DOMAIN

CALLERS: Final = (MediaError, RequestError, ServiceRequestError)
"""What is wrong with a recording, or with what was asked for beside it, and not with an account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What one kind of error leads to."""

    key: str
    """Of the message: in a form, in a repair issue, in an exception."""
    field: str = "base"
    """The field of the form that is wrong."""
    reauth: bool = False
    """Whether a new token mends it."""
    repair: bool = False
    """Whether somebody has to do something elsewhere; told until it works again."""
    unreachable: bool = False
    """Whether nothing works for the moment, and trying again may."""


_FAILURES: Final[tuple[tuple[type[BridgeError], Failure], ...]] = (
    (AuthenticationError, Failure(key="invalid_auth", field=CONF_TOKEN, reauth=True)),
    (NotListedError, Failure(key="not_listed")),
    (AccessError, Failure(key="access_denied", field=CONF_TOKEN, reauth=True)),
    (QuotaError, Failure(key="quota", repair=True)),
    (TermsError, Failure(key="terms", repair=True)),
    (ServiceRequestError, Failure(key="refused", repair=True)),
    (BudgetError, Failure(key="daily_limit", repair=True)),
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
"""The first that fits."""

_BRIDGES_ACCOUNT: Final = Failure(key="bridge_account", repair=True)
"""A bridge elsewhere says that its service does not accept its token: ours is another one."""


def failure_of(error: BridgeError, *, elsewhere: bool = False) -> Failure:
    """What an error leads to; ``elsewhere``: it is one of a bridge on the network."""
    if elsewhere and isinstance(error, AuthenticationError):
        return _BRIDGES_ACCOUNT
    return next(failure for kind, failure in _FAILURES if isinstance(error, kind))


class Translation(TypedDict):
    """The arguments of an exception that Home Assistant translates."""

    translation_domain: str
    translation_key: str
    translation_placeholders: dict[str, str]


def translated(error: BridgeError) -> Translation:
    """An error of the bridge in the words of whoever uses Home Assistant."""
    return {
        "translation_domain": DOMAIN,
        "translation_key": failure_of(error).key,
        "translation_placeholders": {"error": error.message},
    }

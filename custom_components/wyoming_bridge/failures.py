"""A table that says how Home Assistant handles each error of the package."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, TypedDict

from homeassistant.const import CONF_HOST, CONF_PORT, CONF_SSL, CONF_TOKEN, CONF_URL
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .bridge import (
    AccessError,
    AudioFormatError,
    AuthenticationError,
    BridgeError,
    BudgetError,
    ConfigError,
    ConnectError,
    ConnectionLostError,
    ConnectTimeoutError,
    Endpointing,
    ErrorText,
    FinalTimeoutError,
    MediaError,
    MediaProblem,
    NotListedError,
    ProtocolViolationError,
    QuotaError,
    RateLimitedError,
    RequestError,
    ServiceError,
    ServiceRequestError,
    StartingError,
    StateError,
    TermsError,
    UnprovenError,
    options_of,
)
from .const import (
    CONF_CA_CERTIFICATE,
    CONF_PROTOCOL,
    CONF_REMOVE_TOKEN,
    CONF_SAVE_ANYWAY,
    DOMAIN,
    LOGGER,
)
from .entity_data import ENTITY_SETTINGS

REQUEST_ERRORS: Final = (AudioFormatError, MediaError, RequestError, ServiceRequestError)
"""Errors of one request, such as an unreadable recording; the account itself works."""

_TEMPORARY: Final = {MediaProblem.UNREACHABLE, MediaProblem.STALLED, MediaProblem.BUSY}
"""Problems with a recording that may be over when the caller tries again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """How Home Assistant handles one kind of error."""

    key: str
    """Translation key of the issue, and of the message if the error has no text of its own."""
    saying: ErrorText | None = None
    """The text that replaces ``SERVICE_SAYS`` and ``CLOSED_SAYING``, which name no cause."""
    field: str = "base"
    """The field of the form at which the error is shown."""
    reauth: bool = False
    """Whether the user has to enter a new token."""
    repair: bool = False
    """Whether an issue asks the user to act, until an utterance succeeds."""
    unreachable: bool = False
    """Whether the service is unavailable for now. The account is then checked."""


FAILURES: Final[tuple[tuple[type[BridgeError] | tuple[type[BridgeError], ...], Failure], ...]] = (
    (
        AuthenticationError,
        Failure(key="invalid_auth", saying=ErrorText.TOKEN_REFUSED, field=CONF_TOKEN, reauth=True),
    ),
    (NotListedError, Failure(key="not_listed")),
    (AccessError, Failure(key="access_denied", field=CONF_TOKEN, reauth=True)),
    (UnprovenError, Failure(key="bridge_unproven", field=CONF_URL, unreachable=True)),
    (QuotaError, Failure(key="quota", saying=ErrorText.NO_CREDIT, repair=True)),
    (TermsError, Failure(key="terms", saying=ErrorText.TERMS_NOT_ACCEPTED, repair=True)),
    (ServiceRequestError, Failure(key="refused", repair=True)),
    (BudgetError, Failure(key="daily_limit")),
    (ConnectTimeoutError, Failure(key="timeout", field=CONF_URL, unreachable=True)),
    (ConnectError, Failure(key="cannot_connect", field=CONF_URL, unreachable=True)),
    (MediaError, Failure(key="media")),
    (AudioFormatError, Failure(key="unsupported_audio")),
    ((ServiceError, ConnectionLostError, FinalTimeoutError), Failure(key="no_result")),
    (ProtocolViolationError, Failure(key="wrong_server", field=CONF_URL)),
    (StartingError, Failure(key="service_starting")),
    (RateLimitedError, Failure(key="rate_limited", saying=ErrorText.TOO_MANY_SESSIONS)),
    (StateError, Failure(key="state_unavailable")),
    (ConfigError, Failure(key="invalid_setting")),
    (RequestError, Failure(key="invalid_request")),
    (BridgeError, Failure(key="failed")),
)
"""The first row that matches an error applies."""

_SETTINGS: Final = ENTITY_SETTINGS | {
    *(CONF_CA_CERTIFICATE, CONF_HOST, CONF_PORT, CONF_PROTOCOL, CONF_REMOVE_TOKEN, CONF_SSL),
    *(CONF_SAVE_ANYWAY, CONF_TOKEN, CONF_URL),
}
"""The names of all settings in forms."""

_NAMED_IN: Final[Mapping[str, Collection[str]]] = {
    "invalid_setting": _SETTINGS,
    ErrorText.NOT_A_WHOLE_NUMBER.key: {
        name
        for name, each in options_of(Endpointing)
        if each.minimum is not None and each.maximum is not None
    },
}
"""Errors whose texts do not name a field, and the settings that each of them can be about. Each of
these settings has a text with the label of its field, which ``script/translations`` writes."""

_REMOTE_TOKEN: Final = Failure(key="bridge_account", repair=True)
"""The service refuses the token of the remote bridge. The account's access token is valid."""


def failure_of(error: BridgeError, *, remote: bool = False) -> Failure:
    """Return how to handle an error; ``remote`` if a remote bridge reported it."""
    if remote and isinstance(error, AuthenticationError):
        return _REMOTE_TOKEN
    return next(failure for kind, failure in FAILURES if isinstance(error, kind))


class Translation(TypedDict):
    """The arguments of an exception that Home Assistant translates."""

    translation_domain: str
    translation_key: str
    translation_placeholders: dict[str, str]


def translated(error: BridgeError) -> Translation:
    """Return the arguments of a Home Assistant exception for an error.

    The key belongs to the text of the error, or to its class if the error has no text. A form uses
    the same key and placeholders. Pass ``error.message`` to the exception too: Home Assistant logs
    that message in English.
    """
    return {
        "translation_domain": DOMAIN,
        "translation_key": _text_key(error),
        "translation_placeholders": placeholders_of(error),
    }


def recordings_unusable(error: BridgeError) -> Translation:
    """Return the arguments of an exception for recordings that cannot be read or written.

    If the error has no text of its own, its message is logged, because no translation contains it.
    """
    if error.text:
        return translated(error)
    LOGGER.warning("the recordings cannot be used: %s", error)
    return {
        "translation_domain": DOMAIN,
        "translation_key": "recordings_unusable",
        "translation_placeholders": {"code": error.code},
    }


def action_error(error: BridgeError) -> HomeAssistantError:
    """Return the exception for an action that fails with an error.

    If the caller has to change the request, Home Assistant answers with another HTTP status.
    """
    is_temporary = isinstance(error, MediaError) and error.problem in _TEMPORARY
    is_wrong = isinstance(error, REQUEST_ERRORS) and not is_temporary
    kind = ServiceValidationError if is_wrong else HomeAssistantError
    return kind(error.message, **translated(error))


def invalid(key: str, **placeholders: str) -> ServiceValidationError:
    """Return the exception for a wrong value of an action."""
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )


def placeholders_of(error: BridgeError) -> dict[str, str]:
    """Return the values for the translations of an error and of its issue.

    ``answer`` is the answer of the service, and ``place`` the address or the file that failed. Both
    are the code of the error if the error does not have them.
    """
    setting = error.setting if isinstance(error, ConfigError) else ""
    code = error.code
    return {"code": code, "setting": setting, "answer": code, "place": code, **error.placeholders}


def _text_key(error: BridgeError) -> str:
    """Return the translation key. A text that does not name a field has a key for each setting."""
    key = _general_key(error)
    setting = placeholders_of(error)["setting"]
    return f"{key}_{setting}" if setting in _NAMED_IN.get(key, ()) else key


def _general_key(error: BridgeError) -> str:
    text = error.text
    if text in {ErrorText.SERVICE_SAYS, ErrorText.CLOSED_SAYING}:
        text = failure_of(error).saying or text
    if text:
        return text.key
    if isinstance(error, MediaError):
        return f"media_{error.problem}"
    return failure_of(error).key

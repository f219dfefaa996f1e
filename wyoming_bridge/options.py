"""Settings that are declared with their unit, range and explanation.

``option`` declares a field of a settings dataclass. The configuration schema, the documentation and
the error texts are generated from this declaration.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Final, TypeVar
from urllib.parse import urlsplit

from .access import is_loopback
from .errors import ConfigError, ErrorText

__all__ = [
    "URL_DOC",
    "Declared",
    "Option",
    "Settings",
    "check_subprotocol_token",
    "check_url",
    "mapping_option",
    "number_of",
    "option",
    "options_of",
    "shown",
]

URL_DOC: Final = "Base address of the service, `wss://host[:port][/prefix]`."

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
"""A language code, in the forms of RFC 5646 that the services and Home Assistant use."""

_SUBPROTOCOL: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A ``token`` of RFC 9110, section 5.6.2. RFC 6455, section 4.1, requires that a subprotocol is
such a token."""

_MAX_SHOWN: Final = 60
"""The most characters of a value that an error text shows."""

_KEY: Final = "wyoming_bridge.option"

T = TypeVar("T")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """The declaration of one setting: its meaning and its allowed values."""

    doc: str
    """The meaning, in a few sentences for the user."""
    unit: str = ""
    minimum: float | None = None
    """The smallest allowed number; for a text, the smallest number of characters."""
    maximum: float | None = None
    """The largest allowed number; for a text, the largest number of characters."""
    choices: tuple[str, ...] = ()
    """The allowed values; empty if the range alone decides."""
    suggestions: tuple[str, ...] = ()
    """Known values, if other values are allowed too."""
    max_items: int | None = None
    """Largest number of entries in a list."""
    needs: str = ""
    """The name of the capability without which the setting has no effect; empty if it always has
    an effect."""

    @property
    def allowed(self) -> str:
        """The allowed values in words; empty if every value of the type is allowed."""
        if self.choices:
            return " or ".join(self.choices)
        if self.minimum is None and self.maximum is None:
            return ""
        unit = f" {self.unit}" if self.unit else ""
        if self.maximum is None:
            return f"at least {self.minimum:g}{unit}"
        if self.minimum is None:
            return f"at most {self.maximum:g}{unit}"
        return f"{self.minimum:g} to {self.maximum:g}{unit}"

    def problem(self, value: object) -> str | None:
        """Return what is wrong with a value, as a text; None if it is valid."""
        if isinstance(value, tuple):
            if self.max_items is not None and len(value) > self.max_items:
                return f"must have at most {self.max_items} entries, got {len(value)}"
            return next((text for entry in value if (text := self.problem(entry))), None)
        if self.choices and value is not None and value not in self.choices:
            return f"must be {self.allowed}, got {shown(value)}"
        measure = len(value) if isinstance(value, str) else value
        if isinstance(measure, (int, float)):
            lowest = -math.inf if self.minimum is None else self.minimum
            highest = math.inf if self.maximum is None else self.maximum
            if not lowest <= measure <= highest:  # true for NaN as well
                return f"must be {self.allowed or 'a number'}, got {shown(value)}"
        return None


def shown(value: object) -> str:
    """Return a value for an error text, shortened, with control characters escaped."""
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def option(
    default: T,
    *,
    doc: str,
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
    suggestions: tuple[str, ...] = (),
    max_items: int | None = None,
    needs: str = "",
    secret: bool = False,
) -> T:
    """Declare a field of a settings dataclass. The ``repr`` does not show a secret."""
    declared = Option(
        doc=doc,
        unit=unit,
        minimum=minimum,
        maximum=maximum,
        choices=choices,
        suggestions=suggestions,
        max_items=max_items,
        needs=needs,
    )
    # At run time, the result is a ``Field``. The declared type is that of the default, as in the
    # type hints of ``dataclasses.field``.
    return field(default=default, repr=not secret, metadata={_KEY: declared})


def number_of(owner: type, name: str) -> float:
    """Declare a number field with the default and the option of the field ``name`` of ``owner``."""
    source = next(each for each in fields(owner) if each.name == name)
    default: object = source.default
    if not isinstance(default, float):
        raise TypeError(f"{owner.__name__}.{name} must be a float with a default")
    return field(default=default, metadata=source.metadata)


def mapping_option(*, doc: str) -> Mapping[str, V]:
    """Declare a field that maps names to values, empty by default."""
    declared: Mapping[str, V] = field(default_factory=dict, metadata={_KEY: Option(doc=doc)})
    return declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Base class of settings whose ranges are declared. An instance is always valid."""

    def __post_init__(self) -> None:
        """Refuse values that are out of range.

        Raises:
            ConfigError: A value is invalid. The message names the setting and the allowed values.
        """
        _check(self)


def _check(values: object) -> None:
    for name, declared in options_of(type(values)):
        if text := declared.problem(getattr(values, name)):
            raise ConfigError(f"{name}: {text}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that every provider has. An instance is always valid."""

    url: str = option("", doc=URL_DOC)
    """Each provider has its own default."""
    token: str | None = field(default=None, repr=False)
    """The account's token. Never logged or shown."""
    language: str | None = option(
        None,
        doc="Spoken language, ISO 639-1 with or without a region (`nl`, `nl-BE`). A client's "
        "request overrides it. Without both, the service decides.",
    )
    plain_ws_hosts: tuple[str, ...] = option(
        (),
        doc="Hosts that the bridge may connect to without TLS (`ws://`), in addition to loopback.",
    )

    def __post_init__(self) -> None:
        """Refuse invalid values before a socket is opened.

        Raises:
            ConfigError: A value is invalid. The message names the setting and the allowed values.
        """
        check_url("url", self.url, scheme="wss", plain_hosts=self.plain_ws_hosts)
        if self.language is not None and not _LANGUAGE.fullmatch(self.language):
            raise ConfigError(
                ErrorText.INVALID_LANGUAGE, setting="language", value=repr(self.language)
            )
        token = self.token or ""
        if not token.isascii() or not token.isprintable() or " " in token:
            raise ConfigError(ErrorText.INVALID_TOKEN, setting="token")
        _check(self)

    @property
    def uses_own_server(self) -> bool:
        """Whether ``url`` is the address of the user's own server, not that of the service.

        All hosts in the domain of the default address are the service's, because a service may
        have a host for each region.
        """
        usual = next(str(each.default) for each in fields(self) if each.name == "url")
        domain = ".".join((urlsplit(usual).hostname or "").split(".")[-2:])
        host = urlsplit(self.url).hostname or ""
        return host != domain and not host.endswith(f".{domain}")

    @property
    def server_url(self) -> str:
        """The base address of the server. The paths of the service are appended to it."""
        return self.url.rstrip("/")

    @property
    def model_title(self) -> str | None:
        """The name of the model, for people to read; None if the settings name no model."""
        return None

    @property
    def ends_turns(self) -> bool:
        """Whether the service detects the end of speech itself with these settings."""
        return False

    def with_server_vad(
        self,
        *,
        silence_ms: int,
        min_speech_ms: int,
        speech_threshold: float,
    ) -> tuple["Settings", tuple[str, ...]]:
        """Return the settings with which the service detects the end of speech.

        The second value describes each setting that had to be limited to the service's range. The
        service's own parameters that the profile sets stay unchanged.

        Raises:
            ConfigError: The service cannot detect the end of speech.
        """
        raise ConfigError(ErrorText.SERVICE_ENDS_NOTHING, setting="source")

    @property
    def bias_terms(self) -> tuple[str, ...]:
        """The terms that the service favours, the most important first."""
        return ()

    def with_bias_terms(self, terms: Sequence[str]) -> tuple["Settings", tuple[str, ...]]:
        """Return the settings that favour these terms, and the terms that were left out.

        ``terms`` begins with the most important term. If not all terms fit, those that the profile
        sets are kept first.
        """
        return self, tuple(terms)

    @property
    def base_language(self) -> str | None:
        """The language without its region, because services accept no region; None if not set."""
        return self.language.replace("_", "-").split("-")[0].lower() if self.language else None

    def languages_with(self, others: Sequence[str]) -> tuple[str, ...]:
        """Return the set language, if there is one, and then ``others``, without duplicates."""
        first = (self.base_language,) if self.base_language else ()
        return tuple(dict.fromkeys((*first, *others)))


def check_url(name: str, url: str, *, scheme: str, plain_hosts: tuple[str, ...]) -> None:
    """Refuse a base address that is invalid or would send a token unencrypted.

    Raises:
        ConfigError: The address is refused; the message names the setting and what is allowed.
    """
    plain = scheme.removesuffix("s")
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port  # reading the port validates it
    except ValueError as err:
        raise ConfigError(ErrorText.INVALID_URL, setting=name, scheme=scheme) from err
    if parts.scheme not in {plain, scheme} or not host:
        raise ConfigError(ErrorText.INVALID_URL, setting=name, scheme=scheme)
    if parts.username is not None or {"?", "#"} & set(url):
        raise ConfigError(ErrorText.URL_WITH_MORE, setting=name)
    allowed = {each.lower() for each in plain_hosts}
    if parts.scheme == plain and not is_loopback(host) and host not in allowed:
        raise ConfigError(ErrorText.URL_NOT_ENCRYPTED, setting=name, scheme=plain, host=host)


def check_subprotocol_token(token: str | None, *, auth: str) -> None:
    """Refuse a token that cannot be sent in a websocket subprotocol, as ``auth`` requires.

    Raises:
        ConfigError: The token has a character that is not allowed; the message does not show it.
    """
    if token and not _SUBPROTOCOL.fullmatch(token):
        raise ConfigError(
            "token: must contain only characters that are allowed in a websocket subprotocol, "
            f"because auth is {auth}"
        )


def options_of(owner: type) -> Iterator[tuple[str, Option]]:
    """Yield the declared options of a dataclass, in order."""
    for each in fields(owner):
        declared = each.metadata.get(_KEY)
        if isinstance(declared, Option):
            yield each.name, declared

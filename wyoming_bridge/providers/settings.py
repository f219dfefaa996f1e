"""The settings that every provider has, and checks that several providers use."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Final
from urllib.parse import urlsplit

from ..access import is_loopback
from ..errors import ConfigError, ErrorText
from ..options import check_options, option

__all__ = ["URL_DOC", "Settings", "check_subprotocol_token", "check_url"]

URL_DOC: Final = "Base address of the service, `wss://host[:port][/prefix]`."

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
"""A language code, in the forms of RFC 5646 that the services and Home Assistant use."""

_SUBPROTOCOL: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A ``token`` of RFC 9110, section 5.6.2. RFC 6455, section 4.1, requires that a subprotocol is
such a token."""


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
        check_options(self)

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

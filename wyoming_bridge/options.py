"""Provider settings that carry their own unit, range and explanation.

The fields of a settings dataclass are made with ``option``; the configuration schema, the
documentation and the error texts are all read off the same declaration.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Final, TypeVar
from urllib.parse import quote, urlsplit

from .errors import ConfigError

__all__ = [
    "LOOPBACK_HOSTS",
    "URL_DOC",
    "Declared",
    "Option",
    "Settings",
    "check_url",
    "mapping_option",
    "option",
    "options_of",
    "with_room",
]

LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "::1", "localhost"})
"""Hosts to which an unencrypted connection leaves no trace on a network."""

URL_DOC: Final = "Base of the service's addresses, `wss://host[:port][/prefix]`."

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
"""The part of RFC 5646 that the services and Home Assistant use."""

_MAX_SHOWN: Final = 60
"""Characters of a value."""

_ADDRESS_BYTES: Final = 6000
"""Web servers and proxies refuse addresses of more than 8,190 bytes, some of more than 8,000."""

_SEPARATOR_BYTES: Final = len("&keyterms=")
"""The longest that stands between two entries."""

_KEY: Final = "wyoming_bridge.option"

T = TypeVar("T")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What may be written for one setting."""

    doc: str
    """One sentence for the person who configures."""
    unit: str = ""
    minimum: float | None = None
    """Smallest number, or smallest number of characters."""
    maximum: float | None = None
    """Largest number, or largest number of characters."""
    choices: tuple[str, ...] = ()
    """The only values, where there are only some."""
    max_items: int | None = None
    """Most entries of a list."""

    @property
    def allowed(self) -> str:
        """The range in words, empty if everything of the type goes."""
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

    def complaint(self, value: object) -> str | None:
        """What is wrong with a value of the right type, or None."""
        if isinstance(value, tuple):
            if self.max_items is not None and len(value) > self.max_items:
                return f"{len(value)} entries; allowed are at most {self.max_items}"
            return next((c for entry in value if (c := self.complaint(entry))), None)
        if self.choices and value is not None and value not in self.choices:
            return f"{_shown(value)} is not possible; allowed: {self.allowed}"
        measure = len(value) if isinstance(value, str) else value
        if isinstance(measure, (int, float)):
            lowest = -math.inf if self.minimum is None else self.minimum
            highest = math.inf if self.maximum is None else self.maximum
            if not lowest <= measure <= highest:  # nor is NaN
                return f"{_shown(value)} is not possible; allowed: {self.allowed or 'a number'}"
        return None


def _shown(value: object) -> str:
    """A value in a message, which has to have room for what is allowed."""
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
    max_items: int | None = None,
    secret: bool = False,
) -> T:
    """Declare a field of a settings dataclass. A secret is not in its ``repr``."""
    declared = Option(
        doc=doc, unit=unit, minimum=minimum, maximum=maximum, choices=choices, max_items=max_items
    )
    # A Field at run time, the default's type to a reader: dataclasses declares field that way.
    return field(default=default, repr=not secret, metadata={_KEY: declared})


def mapping_option(*, doc: str) -> Mapping[str, V]:
    """Declare a field with values by name, empty by default."""
    declared: Mapping[str, V] = field(default_factory=dict, metadata={_KEY: Option(doc=doc)})
    return declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Values whose ranges are declared. Holding one means that it is legal."""

    def __post_init__(self) -> None:
        """Refuse what is out of range.

        Raises:
            ConfigError: It names the value and what is allowed.
        """
        _check(self)


def _check(values: object) -> None:
    for name, declared in options_of(type(values)):
        complaint = declared.complaint(getattr(values, name))
        if complaint:
            raise ConfigError(f"{name}: {complaint}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What every provider's settings have. Holding one means that it is legal."""

    url: str = option("", doc=URL_DOC)
    """Each provider has its own default."""
    token: str | None = field(default=None, repr=False)
    """The account's secret. Never logged or shown."""
    language: str | None = option(
        None,
        doc="Language that is spoken, ISO 639-1 with or without region (`nl`, `nl-BE`). A "
        "client's request goes before it; without either the service decides.",
    )
    plain_ws_hosts: tuple[str, ...] = option(
        (), doc="Hosts beside this machine that may be spoken to with `ws://`, without TLS."
    )

    def __post_init__(self) -> None:
        """Refuse what cannot work, before a socket is opened.

        Raises:
            ConfigError: A value is out of range; the message names it and what is allowed.
        """
        check_url("url", self.url, scheme="wss", plain_hosts=self.plain_ws_hosts)
        if self.language is not None and not _LANGUAGE.fullmatch(self.language):
            raise ConfigError(f"language: {self.language!r} is no language; allowed is nl or nl-BE")
        token = self.token or ""
        if not token.isascii() or not token.isprintable() or " " in token:
            raise ConfigError("token: must be printable ASCII without spaces")
        _check(self)

    @property
    def ends_turns(self) -> bool:
        """Whether the service finds the end of speech by itself, as it is set."""
        return False

    def with_server_vad(
        self,
        *,
        silence_ms: int,
        min_speech_ms: int,
        speech_threshold: float,
    ) -> tuple["Settings", tuple[str, ...]]:
        """The settings with which the service finds the end of speech, and what had to be bent.

        What the profile sets itself of the service's own parameters stays.

        Raises:
            ConfigError: The service cannot.
        """
        raise ConfigError(
            "source: the service does not find the end of speech; allowed: race or client"
        )

    def with_bias_terms(self, terms: Sequence[str]) -> tuple["Settings", tuple[str, ...]]:
        """The settings with which these terms are likelier, and the terms that had no room.

        The profile's own go before them; the most important is the first.
        """
        return self, tuple(terms)

    @property
    def base_language(self) -> str | None:
        """The language without its region: the services know no other form."""
        return self.language.replace("_", "-").split("-")[0].lower() if self.language else None


def check_url(name: str, url: str, *, scheme: str, plain_hosts: tuple[str, ...]) -> None:
    """Refuse a base address that cannot be, or that would send a token unencrypted.

    Raises:
        ConfigError: It names the setting and what is allowed.
    """
    plain = scheme.removesuffix("s")
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port  # reading it is what checks it
    except ValueError as err:
        raise ConfigError(f"{name}: {err}") from err
    if parts.scheme not in {plain, scheme} or not host:
        raise ConfigError(f"{name}: allowed is {scheme}://host[:port][/prefix]")
    if parts.username is not None or {"?", "#"} & set(url):
        raise ConfigError(f"{name}: must not contain a user, a query or a fragment")
    if parts.scheme == plain and host not in LOOPBACK_HOSTS | {h.lower() for h in plain_hosts}:
        raise ConfigError(
            f"{name}: {plain}:// sends audio and token unencrypted, which is allowed only to this "
            f"machine and to the hosts in plain_ws_hosts; {host} is neither"
        )


def with_room(
    own: tuple[str, ...], more: Sequence[str], *, declared: Option
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A list with as many more entries as its declaration allows, and those that it does not.

    An entry that is there already, but for case, is none. The list travels in an address, which
    must not become too long.
    """
    known = {entry.casefold() for entry in own}
    taken: list[str] = list(own)
    left: list[str] = []
    room = _ADDRESS_BYTES - sum(map(_address_bytes, own))
    for entry in (" ".join(each.split()) for each in more):
        if not entry or entry.casefold() in known:
            continue
        known.add(entry.casefold())
        size = _address_bytes(entry)
        if size > room or declared.complaint((*taken, entry)):
            left.append(entry)
        else:
            room -= size
            taken.append(entry)
    return tuple(taken), tuple(left)


def _address_bytes(entry: str) -> int:
    return len(quote(entry, safe="")) + _SEPARATOR_BYTES


def options_of(owner: type) -> Iterator[tuple[str, Option]]:
    """The declared options of a dataclass, in order."""
    for each in fields(owner):
        declared = each.metadata.get(_KEY)
        if isinstance(declared, Option):
            yield each.name, declared

"""What can be configured, as frozen values, and what is declared of each key."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ..access import Access
from ..endpointing import Endpointing
from ..errors import ConfigError
from ..options import Settings, option
from ..providers.registry import PROVIDERS, ProviderName
from ..session.transport import OPEN_TIMEOUT_S
from ..transcriber import Limits, TextStyle

__all__ = [
    "ACCESS_TOKEN_VARIABLE",
    "DEFAULT_ADDRESS",
    "LOCAL",
    "TOKEN_VARIABLE",
    "Address",
    "Config",
    "LocalBackend",
    "Profile",
    "ProfileOptions",
    "TokenSources",
]

LOCAL: Final = "local"
"""The provider that needs no account: the local realtime server, started by the bridge."""

TOKEN_VARIABLE: Final = "WYOMING_BRIDGE_TOKEN"  # noqa: S105 - the variable's name
"""Holds the token for ``run --provider`` without a configuration file."""

ACCESS_TOKEN_VARIABLE: Final = "WYOMING_BRIDGE_ACCESS_TOKEN"  # noqa: S105 - the variable's name
"""Holds the token that ``transcribe --uri`` sends to a bridge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A place to listen at."""

    host: str
    port: int
    """0: any free one."""

    @classmethod
    def parse(cls, uri: str, *, key: str) -> "Address":
        """Read ``tcp://host:port``.

        Raises:
            ConfigError: It is something else; the message names the key.
        """
        complaint = f"{key}: {uri!r} is no address; allowed is tcp://host:port"
        try:
            parts = urlsplit(uri)
            host, port = parts.hostname, parts.port
        except ValueError as err:
            raise ConfigError(complaint) from err
        if parts.scheme != "tcp" or not host or port is None or parts.path.strip("/"):
            raise ConfigError(complaint)
        return cls(host=host, port=port)


DEFAULT_ADDRESS: Final = Address(host="127.0.0.1", port=10300)
"""10300 is where speech-to-text servers for Wyoming listen by custom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileOptions:
    """Keys of a profile, whatever its provider."""

    provider: str = option(
        "", choices=(LOCAL, *ProviderName), doc="Which service transcribes. Required."
    )
    listen: str | None = option(
        None,
        doc="Where this profile alone is offered, beside the common address; Home Assistant's "
        "own Wyoming integration sees only the first profile of an address.",
    )
    connect_timeout_s: float = option(
        OPEN_TIMEOUT_S,
        doc="How long the service may take to be ready for audio.",
        unit="s",
        minimum=1,
        maximum=60,
    )
    final_timeout_s: float = option(
        5.0,
        doc="How long the final may take after the endpoint before a fallback is asked.",
        unit="s",
        minimum=0.5,
        maximum=60,
    )
    answer_timeout_s: float = option(
        1.5,
        doc="How long the service may say nothing though an answer is due; then its session is "
        "replaced and hears again what is not final. Twice as long each further time.",
        unit="s",
        minimum=0.2,
        maximum=60,
    )
    total_timeout_s: float = option(
        30.0,
        doc="How long the transcript may take after the endpoint, whoever is asked for it; longer "
        "by as much as the audio came faster than it was spoken.",
        unit="s",
        minimum=1,
        maximum=120,
    )
    audio_timeout_s: float = option(
        10.0,
        doc="How long a client may send no audio before its utterance has ended.",
        unit="s",
        minimum=1,
        maximum=60,
    )
    fallback: tuple[str, ...] = option(
        (), doc="Profiles that are asked, in this order, where this one cannot transcribe."
    )
    max_seconds_per_day: float | None = option(
        None,
        doc="Audio that may be sent to the service in a day; then `fallback` is asked, or the "
        "error is `budget_exceeded`. An utterance that was begun is finished.",
        unit="s",
        minimum=0,
    )
    text: str = option(
        TextStyle.AS_IS.value,
        choices=tuple(TextStyle),
        doc="How the transcript is written: as the service writes it, or for commands, without "
        "tags of sounds, doubled spaces, and punctuation at the end.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSources:
    """Where a profile's token comes from: one of these."""

    token: str | None = option(None, doc="The account's token itself.", secret=True)
    token_file: str | None = option(
        None, doc="File that holds the token; relative to the configuration file."
    )
    token_env: str | None = option(None, doc="Environment variable that holds the token.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalBackend:
    """The local realtime server as a provider."""

    engine: str = option(
        "pocketsphinx",
        choices=("pocketsphinx", "scripted"),
        doc="What recognises the speech; `scripted` makes up words, for tests.",
    )
    protocol: str = option(
        ProviderName.RESON8.value,
        choices=tuple(ProviderName),
        doc="Which service's protocol is spoken on the way.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A named provider configuration."""

    name: str
    backend: Settings | LocalBackend
    limits: Limits = field(default_factory=Limits)
    endpointing: Endpointing = field(default_factory=Endpointing)
    text_style: TextStyle = TextStyle.AS_IS
    fallback: tuple[str, ...] = ()
    """Names of other profiles."""
    max_seconds_per_day: float | None = None
    listen: Address | None = None

    @property
    def provider(self) -> str:
        """As in the configuration."""
        if isinstance(self.backend, LocalBackend):
            return LOCAL
        return next(n for n, p in PROVIDERS.items() if type(self.backend) is p.settings)

    @property
    def languages(self) -> tuple[str, ...]:
        """Its own language, or all that its service is known to serve; ISO 639, no regions."""
        if isinstance(self.backend, LocalBackend):
            return ("en",)  # what its engines know
        fixed = self.backend.base_language
        if fixed:
            return (fixed,)
        return PROVIDERS[ProviderName(self.provider)].capabilities.languages


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the bridge is to do."""

    listen: Address = DEFAULT_ADDRESS
    profiles: tuple[Profile, ...] = field(
        default_factory=lambda: (Profile(name=LOCAL, backend=LocalBackend()),)
    )
    """At least one; the default first."""
    log: str = "info"
    state: Path | None = None
    """Folder for what has to be remembered; None: where the system wants it."""
    access: Access = field(default_factory=Access)
    """Who may use the bridge, beside programs on its own machine."""
    zeroconf: bool = False
    """Whether the network is told where the bridge listens."""

    def with_fallbacks(self, profile: Profile) -> tuple[Profile, ...]:
        """A profile, and those that are asked in its place.

        Raises:
            ConfigError: One of them does not exist, or is the profile itself.
        """
        others = []
        for name in profile.fallback:
            try:
                others.append(self.profile(name))
            except ConfigError as err:
                raise ConfigError(f"profiles.{profile.name}.fallback: {err}") from err
            if name == profile.name:
                raise ConfigError(f"profiles.{name}.fallback: {name} cannot stand in for itself")
        return profile, *others

    def profile(self, name: str) -> Profile:
        """The profile of that name.

        Raises:
            ConfigError: There is none.
        """
        for profile in self.profiles:
            if profile.name == name:
                return profile
        known = ", ".join(profile.name for profile in self.profiles)
        raise ConfigError(f"there is no profile {name!r}; there are {known}")

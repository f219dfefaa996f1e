"""The configuration as frozen values, with the declaration of each key."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ..access import Access, Balancers
from ..endpointing import Endpointing
from ..errors import ConfigError
from ..house import RepairMode
from ..options import Settings, number_of, option
from ..providers.registry import PROVIDERS, ProviderName
from ..transcriber import Limits, TextStyle
from .engines import (
    DEFAULT_ENGINE,
    ENGINE_NAMES,
    ENGINE_SUMMARIES,
    MODEL_ENGINES,
    MODEL_NEEDING_ENGINES,
    languages_of,
)

if TYPE_CHECKING:  # loaded only if they are configured
    from ..home import HomeAssistantApi, SupervisorApi
    from ..house import House
    from ..page.settings import PageSettings
    from ..recorder import RecorderSettings
    from .usage import UsageServer

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
    "SendsChunks",
    "TlsFiles",
    "TokenSources",
]

LOCAL: Final = "local"
"""The provider that needs no account: the local realtime server, which the bridge starts."""

TOKEN_VARIABLE: Final = "WYOMING_BRIDGE_TOKEN"  # noqa: S105 - the variable's name
"""Environment variable with the service's token for ``--provider`` without ``--token-file``."""

ACCESS_TOKEN_VARIABLE: Final = "WYOMING_BRIDGE_ACCESS_TOKEN"  # noqa: S105 - the variable's name
"""Environment variable with the access token for ``transcribe --uri``."""


class SendsChunks(StrEnum):
    """Which clients get the text in ``transcript-chunk`` events before the ``transcript``."""

    ON_REQUEST = "on_request"
    """Only clients that send a ``context`` in ``transcribe``."""
    ALWAYS = "always"
    """All clients."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The TCP address of a bridge."""

    host: str
    port: int
    """0 stands for any free port."""

    @classmethod
    def parse(cls, uri: str, *, key: str) -> "Address":
        """Parse ``tcp://host:port``.

        Raises:
            ConfigError: The text does not have this form; the message names the key.
        """
        if "@" in uri:  # do not show the text, which may contain a password
            raise ConfigError(f"{key}: must be tcp://host:port, without a user or a password")
        problem = f"{key}: must be tcp://host:port, got {uri!r}"
        try:
            parts = urlsplit(uri)
            host, port = parts.hostname, parts.port
        except ValueError as err:
            raise ConfigError(problem) from err
        if "?" in uri or "#" in uri:
            raise ConfigError(f"{problem}; a query or a fragment has no meaning here")
        if parts.scheme != "tcp" or not host or port is None or parts.path.strip("/"):
            raise ConfigError(problem)
        return cls(host=host, port=port)

    @classmethod
    def parse_place(cls, text: str, *, key: str) -> "Address":
        """Parse ``host:port``.

        Raises:
            ConfigError: The text does not have this form; the message names the key.
        """
        try:
            return cls.parse(f"tcp://{text}", key=key)
        except ConfigError as err:
            got = "" if "@" in text else f", got {text!r}"
            raise ConfigError(f"{key}: must be host:port{got}") from err

    @property
    def uri(self) -> str:
        """The address as ``tcp://host:port``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp://{host}:{self.port}"


DEFAULT_ADDRESS: Final = Address(host="127.0.0.1", port=10300)
"""10300 is the usual port of Wyoming servers for speech to text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileOptions:
    """The keys of a profile that do not depend on its provider."""

    provider: str = option(
        "", choices=(LOCAL, *ProviderName), doc="Service that transcribes. Required."
    )
    listen: str | None = option(
        None,
        doc="Additional address that offers only this profile. Home Assistant's own Wyoming "
        "integration uses only the first profile of an address.",
    )
    connect_timeout_s: float = number_of(Limits, "ready_s")
    final_timeout_s: float = number_of(Limits, "final_s")
    answer_timeout_s: float = number_of(Limits, "answer_s")
    total_timeout_s: float = number_of(Limits, "total_s")
    audio_timeout_s: float = number_of(Limits, "idle_s")
    fallback: tuple[str, ...] = option(
        (), doc="Profiles that also transcribe an utterance, in this order, if this one fails."
    )
    max_seconds_per_day: float | None = option(
        None,
        doc="Limit of the audio that is sent to the service per day. After that, `fallback` is "
        "used, or the error is `budget_exceeded`. The utterance that reaches the limit is "
        "finished.",
        unit="s",
        minimum=0,
    )
    price_per_hour: float | None = option(
        None,
        doc="What the service costs for an hour of audio, in any currency. `compare` shows what a "
        "profile costs.",
        minimum=0,
    )
    text: str = option(
        TextStyle.AS_IS.value,
        choices=tuple(TextStyle),
        doc="Style of the transcript: unchanged (`as_is`), or without sound tags, double spaces "
        "and punctuation at the end (`commands`).",
    )

    repair: str | None = option(
        None,
        choices=tuple(RepairMode),
        doc="Whether a transcript is replaced by the command of the house that sounds like it: "
        "never (`off`), if there is little doubt (`careful`), or also if it only sounds similar "
        "(`on`). The log and the details of the result still contain the original text. Nothing is "
        "replaced if no house is known. Default: `careful` for `local`, `off` for services.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSources:
    """The sources of a token, of which at most one may be set."""

    token: str | None = option(None, doc="The account's token itself.", secret=True)
    token_file: str | None = option(
        None, doc="File with the token, relative to the configuration file."
    )
    token_env: str | None = option(None, doc="Environment variable with the token.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalBackend:
    """The local realtime server as a provider."""

    engine: str = option(
        DEFAULT_ENGINE,
        choices=ENGINE_NAMES,
        doc=f"Engine that recognises the speech: {ENGINE_SUMMARIES}.",
    )
    model: str | None = option(
        None,
        doc="Folder with a model for the engine, relative to the configuration file. Only for "
        f"{MODEL_ENGINES}; required for {MODEL_NEEDING_ENGINES}.",
    )
    protocol: str = option(
        ProviderName.RESON8.value,
        choices=tuple(ProviderName),
        doc="Service whose protocol the bridge uses to talk to the local server.",
    )

    @property
    def server_key(self) -> tuple[str, str | None]:
        """The engine and its model. Backends with the same key share one local server."""
        return self.engine, self.model


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A named provider configuration."""

    name: str
    """The name that requests, fallbacks and the usage file use."""
    title: str | None = None
    """The name in the log; None stands for ``name``. Home Assistant's profiles have IDs as names,
    which mean nothing to a reader."""
    backend: Settings | LocalBackend
    limits: Limits = field(default_factory=Limits)
    endpointing: Endpointing = field(default_factory=Endpointing)
    text_style: TextStyle = TextStyle.AS_IS
    fallback: tuple[str, ...] = ()
    """The profiles that are tried, in this order, if this one fails or takes too long."""
    price_per_hour: float | None = None
    """What the service costs for an hour of audio; None if it is not known."""
    max_seconds_per_day: float | None = None
    listen: Address | None = None
    repair: RepairMode | None = None
    """Whether transcripts are repaired; None stands for the provider's default."""

    @property
    def shown_name(self) -> str:
        """The name in the log."""
        return self.title or self.name

    @property
    def repair_mode(self) -> RepairMode:
        """Whether transcripts are repaired. By default, only those of the local server are."""
        if self.repair:
            return self.repair
        return RepairMode.CAREFUL if isinstance(self.backend, LocalBackend) else RepairMode.OFF

    @property
    def provider(self) -> str:
        """The provider's name in the configuration."""
        if isinstance(self.backend, LocalBackend):
            return LOCAL
        return next(n for n, p in PROVIDERS.items() if type(self.backend) is p.settings)

    @property
    def languages(self) -> tuple[str, ...]:
        """The profile's own language, or all known languages of its service, without regions."""
        if isinstance(self.backend, LocalBackend):
            return languages_of(self.backend.engine, self.backend.model)
        fixed = self.backend.base_language
        if fixed:
            return (fixed,)
        return PROVIDERS[ProviderName(self.provider)].capabilities.languages


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """The bridge's certificate and private key."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The configuration of the bridge."""

    listen: Address = DEFAULT_ADDRESS
    profiles: tuple[Profile, ...] = field(
        default_factory=lambda: (Profile(name=LOCAL, backend=LocalBackend()),)
    )
    """The profiles: at least one, the default first."""
    log: str = "info"
    """Lowest level of messages in the log."""
    state: Path | None = None
    """Folder for usage and id; None stands for the system's default folder."""
    usage: "UsageServer | None" = None
    """The server that keeps the usage for several bridges; None if a file keeps it."""
    status: Address | None = None
    """The address of the status server; None if there is no such server."""
    access: Access = field(default_factory=Access)
    """Which clients may use the bridge."""
    tls: TlsFiles | None = None
    """The certificate of encrypted connections; None if they are not encrypted."""
    balancers: Balancers | None = None
    """The balancers that send PROXY headers; None if clients connect directly."""
    zeroconf: bool = False
    """Whether the bridge is announced on the network."""
    listen_timeout_s: float = 30.0
    """The longest wait for a listen address that does not exist yet."""
    drain_timeout_s: float = 30.0
    """The longest wait for the utterances under way when the bridge is asked to stop."""
    sends_chunks: SendsChunks = SendsChunks.ON_REQUEST
    """Which clients get ``transcript-chunk``."""
    house: "House | None" = None
    """The names that the user wrote down. They are added to those that Home Assistant reports."""
    home_assistant: "HomeAssistantApi | None" = None
    """The Home Assistant that reports the names of the house; None if it is not configured."""
    recorder: "RecorderSettings | None" = None
    """Where the last utterances are recorded; None if nothing is recorded."""
    supervisor: "SupervisorApi | None" = None
    """The Supervisor to which the bridge is announced; None if the bridge is not its app."""
    page: "PageSettings | None" = None
    """Where the page is; None if there is no page."""

    def with_fallbacks(self, profile: Profile) -> tuple[Profile, ...]:
        """Return a profile and its fallbacks.

        Raises:
            ConfigError: A fallback does not exist, or is the profile itself.
        """
        others = []
        for name in profile.fallback:
            try:
                others.append(self.profile(name))
            except ConfigError as err:
                raise ConfigError(f"profiles.{profile.name}.fallback: {err}") from err
            if name == profile.name:
                raise ConfigError(
                    f"profiles.{name}.fallback: a profile cannot be its own fallback, got {name!r}"
                )
        return profile, *others

    def profile(self, name: str) -> Profile:
        """Return the profile with this name.

        Raises:
            ConfigError: There is no such profile.
        """
        for profile in self.profiles:
            if profile.name == name:
                return profile
        known = ", ".join(profile.name for profile in self.profiles)
        raise ConfigError(f"no profile named {name!r}; available: {known}")

"""The configuration as frozen values."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..access import Access, Balancers
from ..endpointing import Endpointing
from ..errors import ConfigError, alternatives
from ..house import RepairMode
from ..options import option, shown
from ..providers.registry import PROVIDERS, ProviderName
from ..providers.settings import Settings
from ..transcriber import Limits, TextStyle
from .address import DEFAULT_ADDRESS, Address
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
    "LOCAL",
    "TOKEN_VARIABLE",
    "Config",
    "LocalBackend",
    "Profile",
    "SendsChunks",
    "TlsFiles",
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


_RECORDING_INTERPRET_S: Final = 60.0
"""How long the repair of a recording's text may take. No speaker waits for it, and the text must
not depend on how busy the machine is."""


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

    def for_recordings(self) -> "Profile":
        """Return this profile with more time for the repair of texts."""
        return replace(self, limits=replace(self.limits, interpret_s=_RECORDING_INTERPRET_S))

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
        described = alternatives(name, (profile.name for profile in self.profiles))
        raise ConfigError(f"no profile named {shown(name)}{described}")

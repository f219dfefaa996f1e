"""The settings of the local server. Some decide what a service's documentation leaves open."""

from dataclasses import dataclass
from typing import Final, TypeVar

from ..options import Declared, option
from ..web.host_guard import check_hosts
from .engines.registry import ENGINES
from .faults import Fault

__all__ = ["Behaviour"]

_DELAYING: Final = " and ".join(f"`{row.name}`" for row in ENGINES.values() if row.can_delay_finals)


BehaviourT = TypeVar("BehaviourT", bound=Declared)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour(Declared):
    """The settings of the whole server and of each service."""

    allow_private_addresses: bool = option(
        False,
        doc="Whether Scriptix' stream mode may request addresses on this machine and in private "
        "networks.",
    )
    stream_pace: str = option(
        "realtime",
        choices=("realtime", "fast"),
        doc="Pace at which stream mode reads a file: in real time, or as fast as possible.",
    )
    hosts: tuple[str, ...] = option(
        (),
        doc="Further hosts, as `host` or `host:port`, that requests without a token may name, and "
        "whose web pages may use the server.",
    )
    listen_timeout_s: float = option(
        30.0,
        doc="Longest wait for a listen address that does not exist yet, such as while the machine "
        "starts. After that, the server ends with exit code 3.",
        unit="s",
        minimum=0,
        maximum=600,
    )
    max_connections: int = option(
        256,
        doc="Maximum number of open connections. Further requests are refused with HTTP 503.",
        minimum=1,
        maximum=4096,
    )
    request_timeout_s: float = option(
        10.0,
        doc="Time in which a request, including its headers and body, has to be complete. An "
        "upload of audio has 1 s more for each 64 KiB.",
        unit="s",
        minimum=0.1,
        maximum=600,
    )
    audio_timeout_s: float = option(
        60.0,
        doc="Time without audio after which a session ends. A session also ends when its audio is "
        "this late. Empty chunks do not count as audio. With 0, there is no limit.",
        unit="s",
        minimum=0,
        maximum=3600,
    )
    final_delay_ms: int = option(
        0,
        doc=f"Delay of each final text. Only for the engine {_DELAYING}.",
        unit="ms",
        minimum=0,
        maximum=60_000,
    )
    fault: Fault | None = None
    services: tuple[Declared, ...] = ()
    """The settings of single services, at most one object per provider."""

    def __post_init__(self) -> None:
        """Check the values, including the hosts.

        Raises:
            ConfigError: A value is invalid. The message names it and what is allowed.
        """
        Declared.__post_init__(self)  # super() fails, because ``slots`` makes a second class
        check_hosts(self.hosts)

    def of(self, kind: type[BehaviourT]) -> BehaviourT:
        """Return the settings of one service, or its defaults."""
        return next((each for each in self.services if isinstance(each, kind)), None) or kind()

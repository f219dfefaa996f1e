"""What a bridge offers at one address: the configured listener, and where it listens."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..access import is_loopback
from .info import Program

__all__ = ["Bound", "Listener"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A listen address, and the programs that are offered there."""

    host: str
    port: int
    """0 stands for any free port."""
    programs: Sequence[Program]
    """The programs, the default first. Home Assistant's Wyoming integration uses only the first."""
    id: str | None = None
    """The id by which clients recognise the listener at another address; None without an id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """An address that the bridge listens at."""

    listener: Listener
    uri: str
    """``tcp://host:port``, with the configured host."""
    port: int
    hosts: tuple[str, ...]
    """The addresses of the listener's sockets. A host name can have several addresses."""

    @property
    def network_hosts(self) -> tuple[str, ...]:
        """The addresses that other machines can reach."""
        return tuple(host for host in self.hosts if not is_loopback(host))

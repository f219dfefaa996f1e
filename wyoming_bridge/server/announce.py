"""Tells the network by multicast DNS where the bridge listens, so that Home Assistant finds it.

The service type is our own: whatever is of Wyoming's is set up by Home Assistant's Wyoming
integration, which would take the same bridge a second time.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from ..access import Access, is_loopback
from ..errors import DependencyError, reason_of

if TYPE_CHECKING:  # imported where it is needed: few bridges are announced
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

__all__ = ["SERVICE_TYPE", "Announcement", "Announcer", "load_library", "reachable"]

_log = logging.getLogger(__name__)

SERVICE_TYPE: Final = "_wyoming-bridge._tcp.local."

_WITHDRAW_S: Final = 0.8
"""The library takes 0.25 s for three goodbyes; the whole stop has a second."""

_ASK_MS: Final = 2000
"""For another bridge with the same id to answer; it may hold back for one second what it has just
said (RFC 6762, section 6)."""

_SHOWN_CHARACTERS: Final = 8
"""Of an id, in the names that people see."""


def load_library() -> None:
    """Import what announces, and see that it is installed.

    Raises:
        DependencyError: It is not installed.
    """
    try:
        import ifaddr  # noqa: F401 - a part of the other
        import zeroconf.asyncio  # noqa: F401 - imported for good
    except ModuleNotFoundError as err:
        raise DependencyError(
            f"zeroconf needs the library {err.name}: pip install 'wyoming-bridge[zeroconf]'"
        ) from err


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One place that clients can come to."""

    id: str
    """By which a client knows it again when its address or its port has changed."""
    port: int
    hosts: tuple[str, ...]
    """As sockets name them: ``0.0.0.0`` and ``::`` stand for all that this machine has."""


class Announcer:
    """Announces from ``start`` to ``stop``. What goes wrong is logged: the bridge works without."""

    def __init__(
        self, *, version: str, access: Access, interfaces: Sequence[str] | None = None
    ) -> None:
        """Prepare; ``interfaces`` are the addresses of those to announce at, None: all."""
        self._interfaces = interfaces
        self._properties = {
            "version": version,
            "access": "open" if access.token is None else "token",
        }
        self._zeroconf: AsyncZeroconf | None = None
        self._announcing: asyncio.Task[None] | None = None

    def start(self, announcements: Sequence[Announcement]) -> None:
        """Begin to announce, in the background: asking whether the names are free takes seconds.

        ``load_library`` must have been called.
        """
        self._announcing = asyncio.create_task(self._announce(announcements), name="announce")

    async def stop(self) -> None:
        """Withdraw what was announced. Stopping twice is allowed."""
        if self._announcing:
            self._announcing.cancel()
            await asyncio.gather(self._announcing, return_exceptions=True)
            self._announcing = None
        zeroconf, self._zeroconf = self._zeroconf, None
        if zeroconf is None:
            return
        try:
            async with asyncio.timeout(_WITHDRAW_S):
                await zeroconf.async_close()
        except TimeoutError:
            _log.warning("what was announced could not be withdrawn in time")

    async def _announce(self, announcements: Sequence[Announcement]) -> None:
        from zeroconf import InterfaceChoice
        from zeroconf.asyncio import AsyncZeroconf

        interfaces = InterfaceChoice.All if self._interfaces is None else list(self._interfaces)
        try:
            self._zeroconf = AsyncZeroconf(interfaces=interfaces)
        except OSError as err:
            _log.warning("the bridge cannot be announced: %s", reason_of(err))
            return
        async with asyncio.TaskGroup() as group:
            for announcement in announcements:
                group.create_task(self._register(self._zeroconf, announcement), name="announce")

    async def _register(self, zeroconf: "AsyncZeroconf", announcement: Announcement) -> None:
        from zeroconf import Error, NonUniqueNameException

        info = self._info(announcement)
        where = info.parsed_addresses()
        if not where:
            _log.warning("the bridge is not announced: this machine has no address in a network")
            return
        try:
            await _see_that_is_free(zeroconf, info.name)
            sent = await zeroconf.async_register_service(info)
            await sent
        except NonUniqueNameException:
            _log.warning(
                "the bridge is not announced: another one with its id is, as %s; "
                "let each have a folder of its own in state",
                info.name,
            )
        except Error as err:
            _log.warning("the bridge cannot be announced: %s", str(err) or type(err).__name__)
        else:
            _log.info(
                "announced as %s at %s, port %d",
                info.name.removesuffix(f".{SERVICE_TYPE}"),
                ", ".join(where),
                announcement.port,
            )

    def _info(self, announcement: Announcement) -> "AsyncServiceInfo":
        from zeroconf.asyncio import AsyncServiceInfo

        short = announcement.id[:_SHOWN_CHARACTERS]
        return AsyncServiceInfo(
            SERVICE_TYPE,
            f"Wyoming Bridge {short}.{SERVICE_TYPE}",
            port=announcement.port,
            properties={**self._properties, "id": announcement.id},
            server=f"wyoming-bridge-{short}.local.",
            parsed_addresses=reachable(announcement.hosts),
        )


async def _see_that_is_free(zeroconf: "AsyncZeroconf", name: str) -> None:
    """Ask before the library does: it has the answers sent to a port that a whole machine shares.

    Raises:
        NonUniqueNameException: Somebody has the name.
    """
    from zeroconf import DNSQuestionType, NonUniqueNameException

    if await zeroconf.async_get_service_info(SERVICE_TYPE, name, _ASK_MS, DNSQuestionType.QM):
        raise NonUniqueNameException


def reachable(hosts: Sequence[str]) -> list[str]:
    """The addresses that others can come to, where sockets listen at hosts."""
    found: dict[str, None] = {}  # in order, each once
    for host in hosts:
        if ip_address(host.partition("%")[0]).is_unspecified:
            found |= dict.fromkeys(_addresses_of_this_machine(version=6 if ":" in host else 4))
        else:
            found[host.partition("%")[0]] = None
    return [each for each in found if not is_loopback(each)]


def _addresses_of_this_machine(*, version: int) -> list[str]:
    from ifaddr import get_adapters

    addresses = [
        ip_address(each.ip if isinstance(each.ip, str) else each.ip[0])
        for adapter in get_adapters()
        for each in adapter.ips
    ]
    # An IPv6 address of one link means nothing without the interface, which no record can name.
    return [
        str(each)
        for each in addresses
        if each.version == version and not (version == 6 and each.is_link_local)  # noqa: PLR2004
    ]

"""Announces the bridge by multicast DNS, so that Home Assistant finds it.

The service type is our own. With Wyoming's type, the bridge would be set up twice: by our
integration, and by Home Assistant's Wyoming integration, which sets up every service of that type.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from ..access import Access, is_loopback
from ..errors import DependencyError, reason_of

if TYPE_CHECKING:  # imported when needed, because few bridges are announced
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

__all__ = ["SERVICE_TYPE", "Announcement", "Announcer", "load_library", "reachable"]

_log = logging.getLogger(__name__)

SERVICE_TYPE: Final = "_wyoming-bridge._tcp.local."

_WITHDRAW_S: Final = 0.8
"""How long it may take to withdraw the announcement. The library takes 0.25 s to send three goodbye
messages. The bridge has 1 s for its whole stop."""

_ASK_MS: Final = 2000
"""How long another bridge with the same id has to answer. If that bridge has just sent the same
answer, it may wait for one second before it repeats the answer (RFC 6762, section 6)."""

_SHOWN_CHARACTERS: Final = 8
"""The number of characters of an id in the names that users see."""


def load_library() -> None:
    """Import the library for multicast DNS.

    Raises:
        DependencyError: The library is not installed.
    """
    try:
        import ifaddr  # noqa: F401 - the library zeroconf needs it
        import zeroconf.asyncio  # noqa: F401 - imported before a method needs it
    except ModuleNotFoundError as err:
        raise DependencyError(
            f"zeroconf needs the library {err.name}; install it with "
            "pip install 'wyoming-bridge[zeroconf]'"
        ) from err


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What is announced about one listener of the bridge."""

    id: str
    """The id by which clients recognise the bridge after its address or port has changed."""
    port: int
    hosts: tuple[str, ...]
    """The addresses that the listener's sockets are bound to.

    ``0.0.0.0`` and ``::`` stand for all addresses of this machine.
    """


class Announcer:
    """Announces the bridge from ``start`` to ``stop``.

    Failures are only logged, because the bridge also works without an announcement.
    """

    def __init__(
        self,
        *,
        version: str,
        access: Access,
        is_encrypted: bool = False,
        interfaces: Sequence[str] | None = None,
    ) -> None:
        """Create an announcer that announces nothing until ``start`` is called.

        ``interfaces`` has the addresses of the network interfaces to use; None stands for all.
        """
        self._interfaces = interfaces
        self._properties = {
            "version": version,
            "access": "open" if access.token is None else "token",
        }
        if is_encrypted:
            self._properties["tls"] = "yes"
        self._zeroconf: AsyncZeroconf | None = None
        self._announcing: asyncio.Task[None] | None = None

    def start(self, announcements: Sequence[Announcement]) -> None:
        """Begin to announce in the background, because the check for free names takes seconds.

        Call ``load_library`` first.
        """
        self._announcing = asyncio.create_task(self._announce(announcements), name="announce")

    async def stop(self) -> None:
        """Withdraw the announcements. A second call does nothing."""
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
            _log.warning("the announcement could not be withdrawn within %g s", _WITHDRAW_S)

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
            _log.warning("the bridge is not announced: this machine has no network address")
            return
        try:
            await _check_that_is_free(zeroconf, info.name)
            sent = await zeroconf.async_register_service(info)
            await sent
        except NonUniqueNameException:
            _log.warning(
                "the bridge is not announced: another bridge with its id is announced as %s; "
                "give each bridge its own folder in state",
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


async def _check_that_is_free(zeroconf: "AsyncZeroconf", name: str) -> None:
    """Check that no other service has the name.

    The library's own check is not enough: it receives the answers at a port that it shares with
    other programs on this machine, so that one of these programs may get the answers instead.

    Raises:
        NonUniqueNameException: Another service has the name.
    """
    from zeroconf import DNSQuestionType, NonUniqueNameException

    if await zeroconf.async_get_service_info(SERVICE_TYPE, name, _ASK_MS, DNSQuestionType.QM):
        raise NonUniqueNameException


def reachable(hosts: Sequence[str]) -> list[str]:
    """Return the addresses at which other machines can reach sockets that listen at ``hosts``."""
    found: dict[str, None] = {}  # an ordered set
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
    # A link-local IPv6 address is useless without its interface, which a DNS record cannot name.
    return [
        str(each)
        for each in addresses
        if each.version == version and not (version == 6 and each.is_link_local)  # noqa: PLR2004
    ]

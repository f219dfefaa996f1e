"""A client that searches for bridges by multicast DNS, only on the loopback interface."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from zeroconf import ServiceListener, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from patience import PATIENCE_S
from wyoming_bridge.server.announce import SERVICE_TYPE

LOOPBACK = ("127.0.0.1",)


class Network(ServiceListener):
    """The bridges that are announced at present or were announced before."""

    def __init__(self, zeroconf: AsyncZeroconf) -> None:
        self._zeroconf = zeroconf
        self._came: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._went: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        self._came[name].set()

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Do nothing: a test reads the current record when it needs it."""

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        self._went[name].set()

    async def found(self, bridge_id: str) -> AsyncServiceInfo:
        """Wait until a bridge is announced, and return its records."""
        name = name_of(bridge_id)
        await asyncio.wait_for(self._came[name].wait(), PATIENCE_S)
        info = await self._zeroconf.async_get_service_info(SERVICE_TYPE, name)
        assert info is not None
        return info

    async def gone(self, bridge_id: str) -> None:
        """Wait until a bridge is no longer announced."""
        await asyncio.wait_for(self._went[name_of(bridge_id)].wait(), PATIENCE_S)

    def names(self) -> set[str]:
        """Return the names of all bridges that were ever announced."""
        return {name for name, came in self._came.items() if came.is_set()}


def name_of(bridge_id: str) -> str:
    return f"Wyoming Bridge {bridge_id[:8]}.{SERVICE_TYPE}"


@asynccontextmanager
async def browsing() -> AsyncIterator[Network]:
    async with AsyncZeroconf(interfaces=list(LOOPBACK)) as zeroconf:
        network = Network(zeroconf)
        browser = AsyncServiceBrowser(zeroconf.zeroconf, SERVICE_TYPE, listener=network)
        yield network
        await browser.async_cancel()

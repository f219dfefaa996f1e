"""Keeps the house up to date over Home Assistant's websocket API.

Hard rules:

- No error, log line or ``repr`` may contain the token.
- While Home Assistant cannot be reached or is starting, the last complete house stays in use.
- After a wrong token, the next attempt comes late: Home Assistant notifies its user of each failed
  login, and may ban this machine's address.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing

from ..errors import AuthenticationError, BridgeError
from ..house import House
from ..session import Connector
from .api import HomeAssistantApi
from .combine import combined, summary_of
from .connecting import new_connector
from .fetching import FetchedHouse, Pauses, fetched_houses

__all__ = ["HomeWatch"]

_log = logging.getLogger(__name__)


class HomeWatch:
    """Keeps a house up to date with Home Assistant, from ``start`` to ``stop``."""

    def __init__(
        self,
        api: HomeAssistantApi,
        *,
        own: House | None = None,
        on_change: Callable[[House], None] = lambda _: None,
        connector: Connector | None = None,
        pauses: Pauses | None = None,
    ) -> None:
        """Create the watch without connecting.

        ``own`` is the house in the user's configuration, whose names are added to those from Home
        Assistant. ``on_change`` is called with each house that differs from the one before. It must
        not raise.
        """
        self.current: House | None = own
        """The newest house; at first ``own``."""
        self._api = api
        self._own = own
        self._on_change = on_change
        self._connector = connector or new_connector()
        self._pauses = pauses or Pauses()
        self._has_fetched = False
        self._logged: set[str] = set()
        """The codes of the errors that were logged since Home Assistant was last reached."""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to watch in the background, until ``stop``. It must be called only once."""
        if self._api.crosses_networks:
            _log.warning(
                "the token for Home Assistant is sent unencrypted to %s; use https://",
                self._api.place,
            )
        self._task = asyncio.create_task(self._run(), name="watch the house")

    async def stop(self) -> None:
        """Close the connection. A second call does nothing."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        pauses = self._pauses
        loop = asyncio.get_running_loop()
        retry_s = pauses.first_retry_s
        while True:
            began = loop.time()
            try:
                async with aclosing(fetched_houses(self._api, self._connector, pauses)) as houses:
                    async for fetched in houses:
                        self._take(fetched)
            except BridgeError as error:
                self._log_failure(error)
                if loop.time() - began >= pauses.longest_retry_s:
                    retry_s = pauses.first_retry_s
                refused = isinstance(error, AuthenticationError)
                await asyncio.sleep(max(retry_s, pauses.refused_retry_s if refused else 0))
                retry_s = min(retry_s * 2, pauses.longest_retry_s)

    def _take(self, fetched: FetchedHouse) -> None:
        if self._logged or not self._has_fetched:
            _log.info(
                "the house was read from Home Assistant at %s: %s",
                self._api.place,
                summary_of(fetched.house),
            )
        self._logged.clear()
        if self._has_fetched and not fetched.is_running:
            return
        self._has_fetched = True
        house = combined(self._own, fetched.house)
        if house is not None and house != self.current:
            self.current = house
            self._on_change(house)

    def _log_failure(self, error: BridgeError) -> None:
        level = logging.DEBUG if error.code in self._logged else logging.WARNING
        self._logged.add(error.code)
        _log.log(
            level,
            "the names of the house cannot be read: %s%s",
            error,
            "; the last known names stay in use" if self._has_fetched else "",
        )

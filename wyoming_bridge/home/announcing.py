"""Announces the bridge to Home Assistant, if the Supervisor runs the bridge as an app.

Both this project's integration and Home Assistant's own ``wyoming`` can set up the bridge. If both
were sent an announcement, the user would see the same bridge twice. So the bridge is announced to
this project's integration if it is installed, and to ``wyoming`` if not.

Hard rules:

- An announcement is never withdrawn when the bridge stops, because Home Assistant would then remove
  what was set up from the announcement.
- For the same reason, an announcement to ``wyoming`` is only withdrawn while the form that it
  opened still waits for the user. A form is a config flow of Home Assistant.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Final

from ..errors import BridgeError
from ..rest import rest_s
from ..session import Connector
from .api import SupervisorApi
from .connecting import connected, new_connector
from .discovery_query import CORE_INTEGRATION, OWN_INTEGRATION, DiscoveryQuery, WhatHomeHas
from .supervisor import Supervisor

__all__ = ["AnnouncedBridge", "AppAnnouncer"]

_log = logging.getLogger(__name__)

_ANSWER_S: Final = 30.0
"""The longest wait for the answers of Home Assistant, which is slow while it starts."""

_CHECK_S: Final = 300.0
"""The time between two checks whether the user has installed this project's integration. A check
sends two short messages. After the installation, the user finds the bridge within this time."""

_FIRST_RETRY_S: Final = 2.0
"""The wait after the first failure. It doubles with each further failure, up to ``_CHECK_S``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncedBridge:
    """What an announcement contains."""

    host: str
    """The name of the app's container, which Home Assistant can resolve."""
    port: int
    id: str
    """The bridge's id, by which the integration recognises a bridge that it already knows."""
    token: str | None = field(default=None, repr=False)
    """The access token, if the bridge has one."""

    @property
    def for_own(self) -> dict[str, object]:
        """The content for this project's integration."""
        content: dict[str, object] = {"host": self.host, "port": self.port, "id": self.id}
        return content if self.token is None else {**content, "token": self.token}

    @property
    def for_core(self) -> dict[str, object]:
        """The content for Home Assistant's own integration."""
        return {"uri": f"tcp://{self.host}:{self.port}"}

    def is_app(self, slug: str) -> bool:
        """Return whether a slug is this app's. The app's host is its slug with ``-`` for ``_``."""
        return slug.replace("_", "-") == self.host


class AppAnnouncer:
    """Announces the bridge from ``start`` to ``stop``."""

    def __init__(
        self,
        api: SupervisorApi,
        bridge: AnnouncedBridge,
        *,
        connector: Connector | None = None,
        check_s: float = _CHECK_S,
        first_retry_s: float = _FIRST_RETRY_S,
    ) -> None:
        """Create the announcer without starting it.

        ``check_s`` and ``first_retry_s`` must be greater than 0.
        """
        self._api = api
        self._bridge = bridge
        self._connector = connector or new_connector()
        self._supervisor = Supervisor(api, connector=self._connector)
        self._check_s = check_s
        self._first_retry_s = first_retry_s
        self._logged = ""
        """The last line that was logged. It is not logged again while the result of the checks
        stays the same."""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to announce in the background. It must be called only once."""
        self._task = asyncio.create_task(self._run(), name="announce to Home Assistant")

    async def stop(self) -> None:
        """End the checks. The announcement stays. A second call does nothing."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        retry_s = self._first_retry_s
        while True:
            try:
                await self._announce(await self._ask())
            except BridgeError as error:
                self._log_once(logging.WARNING, f"the bridge cannot be announced: {error}")
                await asyncio.sleep(retry_s)
                retry_s = min(retry_s * 2, self._check_s)
            else:
                retry_s = self._first_retry_s
                await asyncio.sleep(self._check_s)

    async def _ask(self) -> WhatHomeHas:
        api = self._api.home_assistant
        query = DiscoveryQuery(token=api.token)
        loop = asyncio.get_running_loop()
        async with (
            connected(api, self._connector, answer_s=_ANSWER_S) as transport,
            asyncio.timeout(_ANSWER_S),
        ):
            while (answer := query.answer) is None:
                for command in query.messages_to_send():
                    await transport.send(command)
                message = await transport.receive()
                heard_at = loop.time()
                query.receive(message)
                await asyncio.sleep(rest_s(loop.time() - heard_at))
        return answer

    async def _announce(self, home: WhatHomeHas) -> None:
        if home.own_integration:
            await self._supervisor.announce(OWN_INTEGRATION, self._bridge.for_own)
            for form in home.forms:
                if self._bridge.is_app(form.app):
                    # Close the form first, so that the user cannot submit it during the withdrawal.
                    await self._supervisor.close_form(form.id)
                    await self._supervisor.withdraw(form.message)
            self._log_once(
                logging.INFO, f"the bridge is announced to the integration {OWN_INTEGRATION}"
            )
        elif self._bridge.token is None:
            await self._supervisor.announce(CORE_INTEGRATION, self._bridge.for_core)
            self._log_once(
                logging.INFO, f"the bridge is announced to the integration {CORE_INTEGRATION}"
            )
        else:
            self._log_once(
                logging.WARNING,
                f"the bridge is not announced: it has an access token, which the integration "
                f"{CORE_INTEGRATION} cannot use, and the integration {OWN_INTEGRATION} is not "
                "installed",
            )

    def _log_once(self, level: int, line: str) -> None:
        if line != self._logged:
            _log.log(level, line)
            self._logged = line

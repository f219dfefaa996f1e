"""The languages of profiles whose service is a server of the user, which is asked for them."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

from ..config import Profile
from ..providers.registry import provider_of
from ..providers.settings import Settings
from ..session import Connector, WebsocketConnector
from .engine_languages import engine_languages

__all__ = ["ServerLanguages"]

_log = logging.getLogger(__name__)

_START_S: Final = 1.0
"""How long the start of the bridge waits for the answers. Some clients ask a bridge only once for
its languages. A server on the local network answers within a few milliseconds."""

_REFRESH_S: Final = 300.0
"""How long an answer is used. The user may start the server with another engine or model. The
request costs a server on the local network almost nothing."""

_FIRST_RETRY_S: Final = 5.0
"""The server may start at the same time as the bridge. Each further wait is twice as long."""

_LONGEST_RETRY_S: Final = 3600.0
"""The longest wait for a server that has reported no language so far. Many servers never do."""


class ServerLanguages:
    """Asks the servers of profiles for their languages, again and again, in the background.

    Only the user's own servers are asked, and only for profiles without a language of their own.
    """

    def __init__(self, profiles: Iterable[Profile], *, connector: Connector | None = None) -> None:
        """Ask no server yet. ``connector`` opens the connections; by default, the bridge's own."""
        self._asked = {
            each.name: each.backend
            for each in profiles
            if isinstance(each.backend, Settings) and _is_asked(each.backend)
        }
        self._connector = connector
        self._reported: dict[str, tuple[str, ...]] = {}
        """The last answer for each profile."""
        self._usable: dict[str, tuple[str, ...]] = {}
        """Those languages of the last answer that the profile's protocol knows."""
        self._asked_once = {each: asyncio.Event() for each in self._asked}
        """Set when a server has answered, refused or not answered in time."""
        self._asking: list[asyncio.Task[None]] = []

    def of(self, profile: Profile) -> Sequence[str]:
        """Return the languages that the server of a profile has reported; none before that."""
        return self._usable.get(profile.name, ())

    async def start(self) -> None:
        """Begin to ask the servers, and wait up to a second for the answers or refusals."""
        self._asking = [
            asyncio.create_task(self._ask(each), name=f"ask the server of {each}")
            for each in self._asked
        ]
        with suppress(TimeoutError):
            async with asyncio.timeout(_START_S):
                for asked in self._asked_once.values():
                    await asked.wait()

    async def stop(self) -> None:
        """Ask no more. A second call does nothing."""
        # A task that has failed is left alone, so that asyncio logs its unexpected error.
        unfinished = [each for each in self._asking if not each.done()]
        for each in unfinished:
            each.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        self._asking.clear()

    async def _ask(self, name: str) -> None:
        settings = self._asked[name]
        connector = self._connector or WebsocketConnector()
        retry_s = _FIRST_RETRY_S
        while True:
            reported = await engine_languages(settings, connector=connector)
            self._asked_once[name].set()
            if reported is None:
                longest_s = _REFRESH_S if name in self._reported else _LONGEST_RETRY_S
                await asyncio.sleep(min(retry_s, longest_s))
                retry_s = min(2 * retry_s, longest_s)
                continue
            self._keep(name, reported)
            retry_s = _FIRST_RETRY_S
            await asyncio.sleep(_REFRESH_S)

    def _keep(self, name: str, reported: tuple[str, ...]) -> None:
        """Keep the answer for a profile, and log it if it differs from the last one."""
        before, self._reported[name] = self._reported.get(name), reported
        if reported == before:
            return
        known = provider_of(self._asked[name]).capabilities.languages
        self._usable[name] = tuple(each for each in known if each in reported)
        listed = ", ".join(reported)
        if not self._usable[name]:
            text = "profile %s: the server recognises %s, which its protocol does not know"
            _log.warning(text, name, listed)
        elif before is not None:
            _log.info("profile %s: the server now recognises %s", name, listed)


def _is_asked(settings: Settings) -> bool:
    return settings.uses_own_server and not settings.base_language

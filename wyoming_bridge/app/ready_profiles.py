"""The profiles that are ready for use, by name."""

from dataclasses import replace
from typing import TYPE_CHECKING

from ..config import LocalBackend, Profile
from ..errors import BridgeError
from ..providers.registry import new_client
from ..session import Connector, shared_tls_context
from .private_servers import PrivateServers
from .ready_profile import ReadyProfile
from .usage_tracker import UsageTracker

if TYPE_CHECKING:  # loaded only if a profile needs a server
    from .local_server import PrivateServer

__all__ = ["ReadyProfiles"]


class ReadyProfiles:
    """The profiles that are ready for use, with their budgets and their local servers."""

    def __init__(
        self, *, usage: UsageTracker, servers: PrivateServers, connector: Connector | None
    ) -> None:
        """Begin without profiles. ``usage`` and ``servers`` are stopped by the caller."""
        self._usage = usage
        self._servers = servers
        self._connector = connector
        self._ready: dict[str, ReadyProfile] = {}

    async def add(self, profile: Profile) -> None:
        """Make a profile ready. It replaces a profile of the same name.

        Raises:
            BridgeError: The profile's local server cannot be started, or the usage cannot be read.
        """
        budget = await self._usage.add(
            profile.name, max_s=profile.max_seconds_per_day, title=profile.shown_name
        )
        backend = profile.backend
        if isinstance(backend, LocalBackend):
            settings = (await self._servers.start(backend)).settings(backend.protocol)
        else:
            settings = backend
        self._ready[profile.name] = ReadyProfile.of(
            profile, settings=settings, budget=budget, connector=self._connector
        )

    def remove(self, name: str) -> None:
        """Remove a profile if it exists."""
        self._ready.pop(name, None)

    def of(self, profile: Profile) -> ReadyProfile:
        """Return the ready profile of this name, with the limits of the caller's ``profile``."""
        return replace(self._ready[profile.name], profile=profile)

    def fallbacks(self, profile: Profile) -> list[ReadyProfile]:
        """Return the fallbacks of a profile that exist, in their order."""
        return [self._ready[name] for name in profile.fallback if name in self._ready]

    def server_of(self, profile: Profile) -> "PrivateServer | None":
        """Return the local server of a profile; None if the profile uses a service."""
        backend = profile.backend
        return self._servers.get(backend) if isinstance(backend, LocalBackend) else None

    def refusal(self, profile: Profile, *, now: float) -> BridgeError | None:
        """Return the error that each utterance of a profile would get now.

        Return None if an utterance may succeed, with the profile or with one of its fallbacks.
        """
        names = (profile.name, *profile.fallback)
        refusals = [self._ready[name].refusal(now=now) for name in names if name in self._ready]
        return refusals[0] if refusals and all(refusals) else None

    def warm_up(self) -> None:
        """Load the clients and the TLS certificates before they are needed."""
        for ready in list(self._ready.values()):  # a copy, because this may run in a thread
            new_client(ready.settings)
            if ready.settings.url.startswith("wss:") and self._connector is None:
                shared_tls_context()

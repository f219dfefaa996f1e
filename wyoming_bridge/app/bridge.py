"""The bridge: profiles offered to Wyoming clients."""

import asyncio

from ..config import Address, Config, LocalBackend, Profile
from ..errors import ConfigError
from ..providers.registry import PROVIDERS, ProviderName
from ..server import Listener, Program, WyomingService
from ..version import VERSION
from .backends import Backends

__all__ = ["BridgeApp"]


class BridgeApp:
    """The bridge: profiles offered to Wyoming clients."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._backends = Backends(config.profiles, state=config.state)
        self._service: WyomingService | None = None

    async def start(self) -> list[tuple[str, list[str]]]:
        """Listen; gives each address with the names of its profiles, the common one first.

        Raises:
            BridgeError: A local server cannot be started, or an address cannot be had.
        """
        await self._backends.start()
        self._service = WyomingService(self._listeners(), version=VERSION)
        addresses = await self._service.start()
        # Whoever waits for the port need not wait for this too.
        asyncio.get_running_loop().call_soon(self._backends.warm_up)
        return [
            (uri, [program.name for program in listener.programs]) for uri, listener in addresses
        ]

    async def stop(self) -> None:
        """Let open utterances end, for a moment, then stop. Stopping twice is allowed."""
        if self._service:
            await self._service.stop()
        await self._backends.stop()

    def _listeners(self) -> list[Listener]:
        """The common address with all profiles, then the addresses of single ones."""
        programs = {profile.name: self._program(profile) for profile in self._config.profiles}
        places: dict[Address, list[Program]] = {self._config.listen: list(programs.values())}
        for profile in self._config.profiles:
            if profile.listen == self._config.listen:
                raise ConfigError(
                    f"profiles.{profile.name}.listen: all profiles are offered there already"
                )
            if profile.listen:
                places.setdefault(profile.listen, []).append(programs[profile.name])
        return [
            Listener(host=place.host, port=place.port, programs=offered)
            for place, offered in places.items()
        ]

    def _program(self, profile: Profile) -> Program:
        return Program(
            name=profile.name,
            description=_description(profile),
            languages=profile.languages,
            endpointing=profile.endpointing,
            new_utterance=lambda source, wanted: self._backends.new_utterance(
                profile, source, wanted
            ),
        )


def _description(profile: Profile) -> str:
    if isinstance(profile.backend, LocalBackend):
        return f"Offline, {profile.backend.engine}"
    return PROVIDERS[ProviderName(profile.provider)].title

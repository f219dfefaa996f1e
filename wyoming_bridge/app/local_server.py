"""Creates the local realtime server, and imports it only then.

Its web framework takes 14 MiB of memory, so only a process that uses the server loads it.
"""

import logging
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..audio import PCM_16K_MONO
from ..errors import DependencyError
from ..house import Score
from ..providers.openai.behaviour import OpenAIBehaviour
from ..providers.registry import PROVIDERS, ProviderName
from ..providers.settings import Settings

if TYPE_CHECKING:
    from ..local.behaviour import Behaviour
    from ..local.service import LocalServer

__all__ = ["PrivateServer", "new_local_server"]

_log = logging.getLogger(__name__)

_THIS_MACHINE: Final = "127.0.0.1"
"""At this address, only clients on this machine can use the server."""

_PRIVATE_CONNECTIONS: Final = 5 * 256
"""The most connections to a private server. Each of a bridge's 256 clients can have a current
session and four that are being opened, which happens when the machine is too busy to open them in
time."""


def new_local_server(
    *,
    engine: str,
    model: Path | None = None,
    host: str = _THIS_MACHINE,
    port: int = 0,
    tokens: frozenset[str] = frozenset(),
    is_private: bool = False,
    behaviour: "Behaviour | None" = None,
) -> "LocalServer":
    """Return a local realtime server that is not started yet.

    ``model`` is the folder of the engine's model. A server that ``is_private`` is for this process
    only, so it refuses requests that name another host.

    Raises:
        DependencyError: The libraries of the server are not installed.
        ConfigError: The engine does not exist or does not accept a model, or the network can reach
            the host without a token.
    """
    try:
        from ..local.service import LocalServer
    except ModuleNotFoundError as err:
        raise DependencyError(
            f"the local realtime server needs {err.name}: pip install 'wyoming-bridge[local]'"
        ) from err
    from ..local.behaviour import Behaviour
    from ..local.engines.registry import create_engine

    if behaviour is None and is_private:  # with this rate, the bridge does not have to resample
        own = OpenAIBehaviour(rate_hz=PCM_16K_MONO.sample_rate_hz)
        behaviour = Behaviour(
            services=(own,),
            max_connections=_PRIVATE_CONNECTIONS,
            listen_timeout_s=0,  # a machine always has its loopback address
        )
    final_delay_s = behaviour.final_delay_ms / 1000 if behaviour else 0
    return LocalServer(
        engine=create_engine(engine, final_delay_s=final_delay_s, model=model),
        host=host,
        port=port,
        tokens=tokens,
        is_private=is_private,
        behaviour=behaviour,
    )


class PrivateServer:
    """A local realtime server that only this process can use.

    Its token is random and never shown, because other processes on this machine can reach its port.
    """

    def __init__(self, *, engine: str, model: Path | None = None) -> None:
        """Create the server without starting it.

        Raises:
            DependencyError: The libraries of the server are not installed.
            ConfigError: The engine does not exist or does not accept a model.
        """
        self._token = secrets.token_urlsafe(32)
        self._server = new_local_server(
            engine=engine, model=model, tokens=frozenset({self._token}), is_private=True
        )

    @property
    def url(self) -> str:
        """The base address. It is known after ``start``."""
        return self._server.url

    async def start(self) -> None:
        """Start the engine and listen at a free port.

        Raises:
            ConfigError: The server cannot listen, or the engine cannot start.
        """
        await self._server.start()

    async def stop(self) -> None:
        """End all sessions and the engine. Calling it again does nothing."""
        await self._server.stop()

    @property
    def takes_whole_audio(self) -> bool:
        """Whether the engine has ``recognise`` and ``score``."""
        return self._server.scorer is not None

    async def recognise(self, pcm: bytes) -> str | None:
        """Return the text of audio in ``PCM_16K_MONO``; None if the engine fails."""
        from ..local.engine import EngineError

        scorer = self._server.scorer
        try:
            return await scorer.recognise(pcm) if scorer else None
        except EngineError as err:
            _log.warning("the engine cannot recognise the command again: %s", err)
            return None

    async def score(self, pcm: bytes, sentences: Sequence[str]) -> Sequence[Score] | None:
        """Return how well each sentence fits ``PCM_16K_MONO`` audio; None if the engine fails."""
        from ..local.engine import EngineError

        scorer = self._server.scorer
        try:
            return await scorer.score(pcm, sentences) if scorer else None
        except EngineError as err:
            _log.warning("the engine cannot score sentences: %s", err)
            return None

    @property
    def can_learn(self) -> bool:
        """Whether the engine can learn sentences."""
        return self._server.learner is not None

    @property
    def language(self) -> str:
        """The language that the engine recognises, ISO 639-1."""
        return self._server.language

    async def learn(self, sentences: Sequence[str]) -> None:
        """Let the engine recognise these sentences better than others. A failure is only logged."""
        from ..local.engine import EngineError

        try:
            if learner := self._server.learner:
                await learner.learn(sentences)
        except EngineError as err:
            _log.warning("the engine cannot learn the house's commands: %s", err)

    def settings(self, protocol: str) -> Settings:
        """Return the settings of a client that uses the server with this protocol."""
        settings = PROVIDERS[ProviderName(protocol)].settings
        return settings(url=f"{self.url}/{protocol}", token=self._token)

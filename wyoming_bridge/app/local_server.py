"""Creates the local realtime server without importing it early.

Its web framework takes 14 MiB of memory, which only a program that uses the server should need.
"""

from typing import TYPE_CHECKING, Final

from ..errors import DependencyError

if TYPE_CHECKING:
    from ..local.behaviour import Behaviour
    from ..local.service import LocalServer

__all__ = ["DEFAULT_HOST", "DEFAULT_PORT", "new_local_server"]

DEFAULT_HOST: Final = "127.0.0.1"
"""Only programs on this machine can use the server."""

DEFAULT_PORT: Final = 8765
"""The port of ``serve``. A local profile of the bridge takes any free port."""


def new_local_server(
    *,
    engine: str,
    host: str = DEFAULT_HOST,
    port: int = 0,
    tokens: frozenset[str] = frozenset(),
    behaviour: "Behaviour | None" = None,
) -> "LocalServer":
    """Return a local realtime server that is not started yet.

    Raises:
        DependencyError: Its libraries are not installed.
        ConfigError: The engine does not exist, or the host is open to the network without a token.
    """
    try:
        from ..local.service import LocalServer
    except ModuleNotFoundError as err:
        raise DependencyError(
            f"the local realtime server needs {err.name}: pip install 'wyoming-bridge[local]'"
        ) from err
    from ..local.engines.registry import create_engine

    final_delay_s = behaviour.final_delay_ms / 1000 if behaviour else 0
    return LocalServer(
        engine=create_engine(engine, final_delay_s=final_delay_s),
        host=host,
        port=port,
        tokens=tokens,
        behaviour=behaviour,
    )

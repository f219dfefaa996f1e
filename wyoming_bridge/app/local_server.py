"""Creates the local realtime server without importing it early.

Its web framework takes 14 MiB of memory, which only a program that uses the server should need.
"""

from typing import TYPE_CHECKING

from ..errors import DependencyError

if TYPE_CHECKING:
    from ..local.behaviour import Behaviour
    from ..local.service import LocalServer

__all__ = ["new_local_server"]


def new_local_server(
    *,
    engine: str,
    host: str = "127.0.0.1",
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
    from ..local.engines import create_engine

    final_delay_s = behaviour.final_delay_ms / 1000 if behaviour else 0
    return LocalServer(
        engine=create_engine(engine, final_delay_s=final_delay_s),
        host=host,
        port=port,
        tokens=tokens,
        behaviour=behaviour,
    )

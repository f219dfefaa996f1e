"""The local realtime server, for whoever needs it: the web framework costs 14 MiB."""

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
    """The local realtime server; only who needs it pays for the web framework.

    Raises:
        DependencyError: Its libraries are not installed.
        ConfigError: There is no such engine, or the address lets strangers in.
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

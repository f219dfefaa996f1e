"""The parsers of the commands that run a server."""

import argparse
from pathlib import Path
from typing import Final

from ..config import DEFAULT_ADDRESS
from ..config.engines import DEFAULT_ENGINE, ENGINE_NAMES
from ..page import DEFAULT_ADDRESS as DEFAULT_PAGE_ADDRESS
from .shared_options import Commands, add_backend, add_command, add_house

__all__ = ["add_app", "add_run", "add_serve"]

_DEFAULT_HOST: Final = "127.0.0.1"
"""At this address, only clients on this machine can use the server of ``serve``."""

_DEFAULT_PORT: Final = 8765
"""The default port of ``serve``. The local server of a profile uses any free port instead."""

_APP_OPTIONS: Final = Path("/data/options.json")
"""Where the Supervisor writes the options of an app: ``docs/apps/configuration.md`` in Home
Assistant's developer documentation."""


def add_run(commands: Commands) -> None:
    """Add ``run``."""
    command = add_command(
        commands,
        "run",
        help="run the bridge; without a configuration it uses the local realtime server",
        example=f"wyoming-bridge run --uri tcp://0.0.0.0:{DEFAULT_ADDRESS.port} "
        "--config bridge.yaml",
    )
    command.add_argument(
        "--uri",
        help=f"address to listen at; tcp://*:{DEFAULT_ADDRESS.port} stands for all addresses of "
        f"this machine (default: {DEFAULT_ADDRESS.uri})",
    )
    command.add_argument(
        "--zeroconf",
        action="store_true",
        help="announce the bridge on the network, so that Home Assistant discovers it",
    )
    command.add_argument(
        "--page",
        metavar="HOST:PORT",
        help="address of a web page that shows what is said and lets users speak, such as "
        f"{DEFAULT_PAGE_ADDRESS} (default: no page)",
    )
    add_house(command)
    add_backend(command)


def add_app(commands: Commands) -> None:
    """Add ``app``."""
    command = add_command(
        commands,
        "app",
        help="run the bridge as an app of Home Assistant's Supervisor",
        example="wyoming-bridge app --options /data/options.json --user bridge",
    )
    command.add_argument(
        "--options",
        type=Path,
        metavar="FILE",
        default=_APP_OPTIONS,
        help="file with the options that the user has set (default: %(default)s)",
    )
    command.add_argument(
        "--user",
        metavar="NAME",
        help="become this user after the options are read; only root can do that",
    )


def add_serve(commands: Commands) -> None:
    """Add ``serve``."""
    command = add_command(
        commands,
        "serve",
        help="run only the local realtime server",
        example=f"wyoming-bridge serve --port {_DEFAULT_PORT} --engine {DEFAULT_ENGINE}",
    )
    command.add_argument(
        "--host",
        default=_DEFAULT_HOST,
        help="address to listen at; * and :: stand for all addresses of this machine, 0.0.0.0 for "
        "its IPv4 addresses (default: %(default)s)",
    )
    command.add_argument(
        "--port",
        type=_port,
        default=_DEFAULT_PORT,
        help="port to listen at, 0 for any free port (default: %(default)s)",
    )
    command.add_argument(
        "--engine",
        choices=ENGINE_NAMES,
        default=DEFAULT_ENGINE,
        help="engine that recognises the speech (default: %(default)s)",
    )
    command.add_argument(
        "--model", type=Path, metavar="DIR", help="folder with a model for the engine"
    )
    command.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="file with the tokens that the server accepts, one per line (default: no token is "
        "needed, and the server listens only on this machine)",
    )
    command.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="file with the settings of the server, such as how it imitates each service",
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:  # noqa: PLR2004 - the highest TCP port
        raise argparse.ArgumentTypeError(f"must be a port from 0 to 65535, got {text}")
    return int(text)

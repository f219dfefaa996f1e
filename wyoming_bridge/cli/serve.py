"""``wyoming-bridge serve``: runs only the local realtime server."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..app.local_server import new_local_server
from ..config.tokens import read_tokens
from ..providers.registry import PROVIDERS
from .codes import ExitCode
from .output import print_line
from .signals import Signals, prepare_loop

if TYPE_CHECKING:  # loads the web framework
    from ..local.behaviour import Behaviour

__all__ = ["run_server"]


async def run_server(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code.

    Raises:
        BridgeError: The configuration is invalid, or the server cannot be started.
    """
    signals = Signals()
    prepare_loop()
    server = new_local_server(
        engine=arguments.engine,
        model=arguments.model,
        host=arguments.host,
        port=arguments.port,
        tokens=_tokens(arguments.token_file),
        behaviour=_behaviour(arguments.config),
    )
    try:
        await server.start()
        print_line(f"Serving {', '.join(PROVIDERS)} at {server.url}")
        await signals.stop.wait()
    finally:
        await server.stop()
    return ExitCode.DONE


def _behaviour(path: Path | None) -> "Behaviour | None":
    if path is None:
        return None
    from ..config.serve import load_behaviour

    return load_behaviour(path)


def _tokens(path: Path | None) -> frozenset[str]:
    return frozenset() if path is None else read_tokens(path, key="--token-file")

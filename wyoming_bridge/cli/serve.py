"""``wyoming-bridge serve``: runs only the local realtime server."""

import argparse
import asyncio
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
    from ..local.service import LocalServer

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
    serving = asyncio.create_task(_serve(server), name="serve")
    stopping = asyncio.create_task(signals.stop.wait(), name="wait for a signal")
    try:
        # The start may wait for an address. A signal must be able to end this wait.
        await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
            await stopping
    finally:
        serving.cancel()
        stopping.cancel()
        await asyncio.gather(serving, stopping, return_exceptions=True)
        await server.stop()
    return ExitCode.DONE


async def _serve(server: "LocalServer") -> None:
    await server.start()
    print_line(f"Serving {', '.join(PROVIDERS)} at {server.url}")


def _behaviour(path: Path | None) -> "Behaviour | None":
    if path is None:
        return None
    from ..config.serve import load_behaviour

    return load_behaviour(path)


def _tokens(path: Path | None) -> frozenset[str]:
    return frozenset() if path is None else read_tokens(path, key="--token-file")

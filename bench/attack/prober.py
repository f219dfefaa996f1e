"""Plays the programs that watch the bridge: the probes of a cluster, and Prometheus."""

import asyncio
import itertools
from typing import Final

from .web import answer_to, request
from .wire import HOUSE

__all__ = ["Prober"]

_PATHS: Final = ("/livez", "/readyz", "/metrics")

_ANSWER_S: Final = 1.0
"""How long a probe waits for its answer: the default of Kubernetes."""

_PAUSE_S: Final = 0.2
"""Time between two probes."""

_OK: Final = 200


class Prober:
    """Asks for the status again and again."""

    def __init__(self, *, port: int, problems: list[str]) -> None:
        """Create the prober. It adds what goes wrong to ``problems``."""
        self._port = port
        self._problems = problems

    async def probe_on(self, is_over: asyncio.Event) -> None:
        """Ask for one path after another. Each request must be answered in time."""
        for path in itertools.cycle(_PATHS):
            if is_over.is_set():
                return
            await self._probe(path)
            await asyncio.sleep(_PAUSE_S)

    async def _probe(self, path: str) -> None:
        sent = request("GET", path, port=self._port)
        try:
            async with asyncio.timeout(_ANSWER_S):
                status, _ = await answer_to(self._port, sent, source=HOUSE)
        except OSError as err:  # TimeoutError is an OSError
            self._problems.append(f"a probe of {path} ended with {type(err).__name__}")
        else:
            if status != _OK:
                self._problems.append(f"a probe of {path} got {status or 'no answer'}")

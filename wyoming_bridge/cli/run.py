"""``wyoming-bridge run``: runs the bridge until it is asked to stop.

On SIGHUP, it reads the configuration again. It reports its state to the service manager, such as
systemd.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ..app.bridge import BridgeApp
from ..app.service_manager import ServiceManager
from ..config import Config
from ..errors import BridgeError
from .codes import ExitCode
from .configuration import address_for_clients
from .output import print_line
from .signals import Signals, prepare_loop

__all__ = ["run_bridge"]

_log = logging.getLogger(__name__)

_QUIET_WAIT_S: Final = 60.0
"""How long a reload waits for a moment without utterances, in which it disturbs no client. A bridge
with many clients may never have such a moment, so the reload goes on after this time."""

_TESTS_PER_LIMIT: Final = 3
"""How often the bridge tests itself within the watchdog's time limit, so that one test may fail."""


async def run_bridge(
    read_config: Callable[[], Config], *, quiet_wait_s: float = _QUIET_WAIT_S
) -> ExitCode:
    """Run the command and return its exit code.

    A reload waits up to ``quiet_wait_s`` for a moment without utterances.

    Raises:
        BridgeError: The configuration is invalid, or the bridge cannot be started.
    """
    signals = Signals(takes_reload=True)
    run = _Run(read_config, signals, quiet_wait_s=quiet_wait_s)
    prepare_loop()
    stopping = asyncio.create_task(signals.stop.wait(), name="wait for a signal")
    serving = asyncio.create_task(run.serve(), name="run the bridge")
    try:
        # The start may wait for an address. A signal must be able to end this wait.
        await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
        run.manager.stopping()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await _drain(run.app, signals)
    finally:
        run.manager.stopping()
        serving.cancel()
        stopping.cancel()
        await asyncio.gather(serving, stopping, return_exceptions=True)
        await run.app.stop()
        run.manager.close()
    return ExitCode.DONE


async def _drain(app: BridgeApp, signals: Signals) -> None:
    """Let the utterances under way finish, until a second signal ends the wait."""
    draining = asyncio.create_task(app.drain(), name="drain")
    second = asyncio.create_task(signals.stop_now.wait(), name="wait for another signal")
    try:
        await asyncio.wait([draining, second], return_when=asyncio.FIRST_COMPLETED)
    finally:
        draining.cancel()
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
    with suppress(asyncio.CancelledError):
        await draining


class _Run:
    """Runs a bridge, and replaces it at each reload."""

    def __init__(
        self, read_config: Callable[[], Config], signals: Signals, *, quiet_wait_s: float
    ) -> None:
        self._read_config = read_config
        self._quiet_wait_s = quiet_wait_s
        self._config = read_config()
        self._signals = signals
        self._status = ""
        self._is_failing = False
        self._is_replacing = False
        self.manager = ServiceManager(os.environ, pid=os.getpid())
        self.app = BridgeApp(self._config)

    async def serve(self) -> None:
        """Start the bridge and serve until the task is cancelled.

        Raises:
            BridgeError: The bridge cannot be started.
        """
        await self._start(self._config)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._reload_on_request(), name="reload")
                if limit_s := self.manager.watchdog_s:
                    group.create_task(self._watch(limit_s), name="watchdog")
        except BaseExceptionGroup as errors:  # one error, because it cancels the other task
            raise errors.exceptions[0] from None

    async def _start(self, config: Config) -> None:
        async with self.manager.starting():
            places = [(address_for_clients(uri, config), n) for uri, n in await self.app.start()]
        for uri, names in places:
            print_line(f"Listening at {uri} (profiles: {', '.join(names)})")
        if self.app.page_url:
            print_line(f"Page at {self.app.page_url}")
        self._status = f"Listening at {', '.join(uri for uri, _ in places)}"
        self.manager.ready(self._status)

    async def _reload_on_request(self) -> None:
        while True:
            await self._signals.reload.wait()
            self._signals.reload.clear()
            await self._reload()

    async def _watch(self, limit_s: float) -> None:
        """Test the bridge regularly, so that the watchdog ends this process if the bridge fails."""
        while True:
            await self._test()
            await asyncio.sleep(limit_s / _TESTS_PER_LIMIT)

    async def _test(self) -> None:
        """Test the bridge, and report the result to the service manager.

        A bridge that is being replaced counts as working.
        """
        app, error = self.app, None
        if not self._is_replacing:
            try:
                await app.test()
            except BridgeError as err:
                error = err
        if error is None or self._is_replacing or app is not self.app:
            self._is_failing = False
            self.manager.alive(self._status)
            return
        if not self._is_failing:
            _log.warning("the bridge does not answer its own test: %s", error)
        self._is_failing = True
        self.manager.failing(f"Not serving: {error}")

    async def _reload(self) -> None:
        """Read the configuration again, and replace the bridge by a new one that uses it.

        The old bridge serves until no client has an utterance, for at most ``quiet_wait_s``, and
        then drains. If the configuration is invalid, the old bridge stays. If the new bridge cannot
        be started, another one with the old configuration is started.

        Raises:
            BridgeError: Neither a new bridge nor one with the old configuration can be started.
        """
        self.manager.reloading()
        try:
            config = self._read_config()
        except BridgeError as error:
            _log.error("the new configuration is not used, and the old one stays in use: %s", error)
            self.manager.ready(self._status)
            return
        try:
            async with asyncio.timeout(self._quiet_wait_s):
                await self.app.quiet()
        except TimeoutError:
            _log.info(
                "the reload has waited for %g s and there are still utterances, so the bridge now "
                "accepts no more clients until it has reloaded",
                self._quiet_wait_s,
            )
        self._is_replacing = True
        try:
            await self._replace(config)
        except BridgeError as error:
            _log.error("the new configuration is not used, and the old one stays in use: %s", error)
            await self._replace(self._config)
        else:
            self._config = config
            _log.info("the configuration was read again")
        self._is_replacing = False

    async def _replace(self, config: Config) -> None:
        await self.app.drain()
        await self.app.stop()
        self.app = BridgeApp(config)
        await self._start(config)

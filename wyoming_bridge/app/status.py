"""Serves the status of a running bridge: its liveness, its readiness and its metrics."""

import logging
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Protocol

from ..config import Address
from ..errors import ConfigError
from ..listening import AddressWait, ListenError, bind
from ..status.server import Page, StatusServer
from ..transcriber import Budget
from ..version import VERSION
from .statistics import Statistics

__all__ = ["BridgeStatus", "StatusSource"]

_log = logging.getLogger(__name__)

_WITHOUT_LIBRARY = "the metrics need prometheus_client: pip install 'wyoming-bridge[metrics]'"


class StatusSource(Protocol):
    """What the status server needs from the bridge."""

    def not_ready(self) -> str | None:
        """Return why the bridge cannot serve clients now, or None if it can."""

    def clients(self) -> Mapping[str, int]:
        """Return the number of clients by state: stranger (new), idle, busy or leaving."""

    def refusals(self) -> Mapping[str, int]:
        """Return how often a client was refused or lost its place, by reason."""

    def budgets(self) -> Mapping[str, Budget]:
        """Return the budgets of all profiles, by name."""


class BridgeStatus:
    """The status server of one bridge. It is started before the bridge, and stopped after it."""

    def __init__(self, address: Address, *, profiles: Iterable[str], source: StatusSource) -> None:
        self._source = source
        self._address = address
        self.statistics: Statistics | None = None
        """The metrics of the utterances; None if their library is not installed."""
        self.url = ""
        """The base address. It is known after ``start``."""
        metrics = self._new_metrics(profiles)
        self._server = StatusServer({"/livez": _alive, "/readyz": self._ready, "/metrics": metrics})

    async def start(self, *, wait: AddressWait) -> None:
        """Listen, and set ``url``. ``wait`` limits the wait for an address that does not exist yet.

        Raises:
            ConfigError: The address cannot be used.
            ListenError: The machine did not have the address in time.
        """
        host = self._address.host
        try:
            sockets = await bind(host, self._address.port, wait=wait)
        except (ConfigError, ListenError) as err:
            raise type(err)(f"status: {err.message}") from err
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{sockets[0].getsockname()[1]}"
        await self._server.start(sockets)
        _log.info("the status is at %s/readyz and %s/metrics", self.url, self.url)

    async def stop(self) -> None:
        """Stop listening. A second call does nothing."""
        await self._server.stop()

    def _new_metrics(self, profiles: Iterable[str]) -> Callable[[], Page]:
        """Return a function that returns the page of the metrics, and set ``statistics``."""
        try:
            from ..status.metrics import Metrics, Sources
        except ModuleNotFoundError:
            _log.warning(_WITHOUT_LIBRARY)
            return lambda: Page(
                status=HTTPStatus.NOT_IMPLEMENTED, body=f"{_WITHOUT_LIBRARY}\n".encode()
            )
        metrics = Metrics(
            version=VERSION,
            profiles=profiles,
            sources=Sources(
                clients=self._source.clients,
                refusals=self._source.refusals,
                budgets=self._source.budgets,
                is_ready=lambda: self._source.not_ready() is None,
            ),
        )
        self.statistics = metrics
        return metrics.page

    def _ready(self) -> Page:
        reason = self._source.not_ready()
        if reason is None:
            return Page(body=b"ready\n")
        body = f"{reason}\n".encode("utf-8", "backslashreplace")
        return Page(status=HTTPStatus.SERVICE_UNAVAILABLE, body=body)


def _alive() -> Page:
    return Page(body=b"alive\n")

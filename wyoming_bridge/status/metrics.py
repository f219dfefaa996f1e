"""The metrics of a running bridge, for Prometheus.

Sessions and results are counted when utterances report them. All other values are read when
Prometheus asks for them (a scrape). No label contains anything that was said, or the address of a
client: all label values come from the configuration or from fixed lists.
"""

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from ..errors import BridgeError, LifecycleError
from ..transcriber import Budget, Result
from .server import Page

__all__ = ["Metrics", "Sources"]

_SECONDS: Final = (
    0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0,
)  # fmt: skip
"""The upper bounds of the buckets of all histograms, in seconds. They are close to each other
around 0.6 s, the default pause that ends an utterance. By default, an utterance fails 30 s after
the end of the speech."""

_NO_ENDING: Final = "none"
"""The value of the label ``ended_by`` for an utterance without a result."""

_INTERNAL: Final = "internal_error"
"""The code of every error that is not a ``BridgeError``, as in the answer to the client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Functions that are called at each scrape, to read the current values."""

    clients: Callable[[], Mapping[str, int]]
    """The number of clients by state: stranger, idle, busy or leaving."""
    refusals: Callable[[], Mapping[str, int]]
    """How often a client was refused or lost its place, by reason."""
    budgets: Callable[[], Mapping[str, Budget]]
    """The budget of each profile."""
    is_ready: Callable[[], bool]


class Metrics:
    """The metrics of one bridge. This class implements ``Statistics`` of ``app``."""

    def __init__(self, *, version: str, profiles: Iterable[str], sources: Sources) -> None:
        # Without this call, the library adds a second series for each: when it was created.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"wyoming_bridge_{name}", text, labels, registry=registry)

        self._utterances = counter(
            "utterances",
            "Utterances that have ended, by what ended them and by their result.",
            "profile",
            "ended_by",
            "result",
        )
        self._errors = counter(
            "errors", "Utterances that ended with an error, by its code.", "profile", "code"
        )
        self._sessions = counter("sessions", "Sessions with the service that started.", "profile")
        self._replays = counter(
            "replays",
            "Sessions that got audio that an earlier session of the profile had already got.",
            "profile",
        )
        self._session_errors = counter(
            "session_errors",
            "Sessions that could not start or failed later, by the code of the error.",
            "profile",
            "code",
        )
        self._fallbacks = counter(
            "fallbacks",
            "Utterances that were answered by another profile than the requested one.",
            "profile",
            "answered_by",
        )
        self._response, self._first_text, self._endpoint = (
            Histogram(f"wyoming_bridge_{name}_seconds", text, ("profile",), buckets=_SECONDS,
                      registry=registry)
            for name, text in (
                ("response", "Time from the end of the speech to the transcript."),
                ("first_text", "Time from the first audio to the first words."),
                ("endpoint", "Time from the end of the speech to the decision that it has ended."),
            )
        )  # fmt: skip
        for profile in profiles:  # creates the series, which begin at zero
            for each in (self._sessions, self._replays):
                each.labels(profile)
            for histogram in (self._response, self._first_text, self._endpoint):
                histogram.labels(profile)
        registry.register(_Scraped(version=version, sources=sources))
        ProcessCollector(registry=registry)

    def page(self) -> Page:
        """Return all metrics in Prometheus' text format."""
        return Page(content_type=CONTENT_TYPE_PLAIN_0_0_4, body=generate_latest(self._registry))

    # The methods of ``Statistics``.

    def session_started(self, profile: str, *, is_replay: bool) -> None:
        """Count a session that started."""
        self._sessions.labels(profile).inc()
        if is_replay:
            self._replays.labels(profile).inc()

    def session_failed(self, profile: str, error: Exception) -> None:
        """Count a session that failed."""
        self._session_errors.labels(profile, _code_of(error)).inc()

    def resolved(self, requested: str, result: Result) -> None:
        """Count an utterance with a result, and add its times to the histograms."""
        self._utterances.labels(requested, result.ended_by.value, _outcome_of(result)).inc()
        if result.profile != requested:
            self._fallbacks.labels(requested, result.profile).inc()
        timing = result.timing
        for histogram, duration_ms in (
            (self._response, timing.response_ms),
            (self._first_text, timing.first_text_ms),
            (self._endpoint, timing.endpoint_ms),
        ):
            if duration_ms is not None:
                histogram.labels(requested).observe(duration_ms / 1000)

    def failed(self, requested: str, error: Exception) -> None:
        """Count an utterance without a result. A client that leaves does not count as an error."""
        if isinstance(error, LifecycleError):
            self._utterances.labels(requested, _NO_ENDING, "abandoned").inc()
            return
        self._utterances.labels(requested, _NO_ENDING, "failed").inc()
        self._errors.labels(requested, _code_of(error)).inc()


class _Scraped(Collector):
    """The metrics whose values are read at each scrape."""

    def __init__(self, *, version: str, sources: Sources) -> None:
        self._version = version
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        yield InfoMetricFamily(
            "wyoming_bridge_build",
            "The versions of the bridge and of Python.",
            {"version": self._version, "python": platform.python_version()},
        )
        yield GaugeMetricFamily(
            "wyoming_bridge_ready",
            "Whether the bridge can serve clients: 1 if it can, 0 if it cannot.",
            float(self._sources.is_ready()),
        )
        clients = GaugeMetricFamily(
            "wyoming_bridge_clients", "Connected clients, by state.", labels=["state"]
        )
        for state, count in self._sources.clients().items():
            clients.add_metric([state], count)
        yield clients
        refusals = CounterMetricFamily(
            "wyoming_bridge_refusals",
            "How often a client was refused or lost its place, by reason.",
            labels=["reason"],
        )
        for reason, count in self._sources.refusals().items():
            refusals.add_metric([reason], count)
        yield refusals
        yield from self._budgets()

    def _budgets(self) -> Iterator[Metric]:
        sent = CounterMetricFamily(
            "wyoming_bridge_audio_sent_seconds",
            "Audio that this bridge sent to the service. Audio that was sent twice counts twice.",
            labels=["profile"],
        )
        left = GaugeMetricFamily(
            "wyoming_bridge_budget_left_seconds",
            "Audio that the profile may still send today, if it has a daily limit.",
            labels=["profile"],
        )
        for profile, budget in self._sources.budgets().items():
            sent.add_metric([profile], budget.sent_s)
            if budget.max_s is not None:
                left.add_metric([profile], max(0.0, budget.max_s - budget.spent_s))
        yield sent
        yield left


def _outcome_of(result: Result) -> str:
    if not result.complete:
        return "incomplete"
    return "complete" if result.text else "empty"


def _code_of(error: Exception) -> str:
    return error.code if isinstance(error, BridgeError) else _INTERNAL

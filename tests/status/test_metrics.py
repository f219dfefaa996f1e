"""The metrics: what they count, and whether their names follow Prometheus' rules."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from wyoming_bridge.endpointing import Ending, Endpoint
from wyoming_bridge.errors import (
    BridgeError,
    ConnectionLostError,
    LifecycleError,
    RateLimitedError,
)
from wyoming_bridge.server.refusals import Refusal
from wyoming_bridge.status.metrics import Metrics, Sources
from wyoming_bridge.transcriber import Budget, Result, Timing

DASHBOARD = Path(__file__).parents[2] / "deploy" / "grafana.json"
SECRET_TEXT = "open the safe of Anna"


def result(*, text: str = SECRET_TEXT, profile: str = "kitchen", complete: bool = True) -> Result:
    return Result(
        text=text,
        complete=complete,
        profile=profile,
        provider="reson8",
        endpoint=Endpoint(ended_by=Ending.SILENCE),
        timing=Timing(
            audio_ms=2000,
            ready_ms=10,
            first_text_ms=450,
            speech_ms=1400,
            endpoint_ms=600,
            final_ms=20,
            total_ms=2020,
        ),
    )


def budgets() -> dict[str, Budget]:
    kitchen, cellar = Budget(max_s=60), Budget()
    kitchen.spend(12.5)
    cellar.spend(100)
    return {"kitchen": kitchen, "cellar": cellar}


@pytest.fixture
def metrics() -> Metrics:
    """Metrics of some utterances, so that each series has a value."""
    metrics = Metrics(
        version="1.2.3",
        profiles=["kitchen", "cellar"],
        sources=Sources(
            clients=lambda: {"stranger": 1, "idle": 2, "busy": 3, "leaving": 0},
            refusals=lambda: dict.fromkeys(Refusal, 0) | {Refusal.FULL: 7},
            budgets=budgets,
            is_ready=lambda: True,
        ),
    )
    metrics.session_started("kitchen", is_replay=False)
    metrics.session_failed("kitchen", ConnectionLostError("it broke", provider="reson8"))
    metrics.session_started("kitchen", is_replay=True)
    metrics.resolved("kitchen", result())
    metrics.resolved("kitchen", result(profile="cellar", complete=False))
    metrics.resolved("kitchen", result(text=""))
    metrics.failed("kitchen", RateLimitedError("too fast", provider="reson8"))
    metrics.failed("kitchen", ValueError(SECRET_TEXT))
    metrics.failed("kitchen", LifecycleError("the utterance was closed before it had a result"))
    return metrics


def samples_of(metrics: Metrics) -> list[Sample]:
    text = metrics.page().body.decode()
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def value_of(metrics: Metrics, name: str, **labels: str) -> float | None:
    found = [each for each in samples_of(metrics) if (each.name, each.labels) == (name, labels)]
    return found[0].value if found else None


@pytest.mark.parametrize(
    ("name", "labels", "value"),
    [
        ("build_info", {"version": "1.2.3"}, 1),
        ("ready", {}, 1),
        ("clients", {"state": "idle"}, 2),
        ("clients", {"state": "busy"}, 3),
        ("refusals_total", {"reason": "full"}, 7),
        ("refusals_total", {"reason": "access"}, 0),
        ("audio_sent_seconds_total", {"profile": "kitchen"}, 12.5),
        ("audio_sent_seconds_total", {"profile": "cellar"}, 100),
        ("budget_left_seconds", {"profile": "kitchen"}, 47.5),
        ("sessions_total", {"profile": "kitchen"}, 2),
        ("sessions_total", {"profile": "cellar"}, 0),
        ("replays_total", {"profile": "kitchen"}, 1),
        ("session_errors_total", {"profile": "kitchen", "code": "connection_lost"}, 1),
        ("fallbacks_total", {"profile": "kitchen", "answered_by": "cellar"}, 1),
        ("errors_total", {"profile": "kitchen", "code": "rate_limited"}, 1),
        ("errors_total", {"profile": "kitchen", "code": "internal_error"}, 1),
        ("response_seconds_count", {"profile": "kitchen"}, 3),
        ("response_seconds_sum", {"profile": "kitchen"}, 3 * 0.62),
        ("first_text_seconds_sum", {"profile": "kitchen"}, 3 * 0.45),
        ("endpoint_seconds_sum", {"profile": "kitchen"}, 3 * 0.6),
        ("response_seconds_bucket", {"profile": "kitchen", "le": "0.6"}, 0),
        ("response_seconds_bucket", {"profile": "kitchen", "le": "0.7"}, 3),
    ],
)
def test_each_series_has_its_value(
    name: str, labels: dict[str, str], value: float, metrics: Metrics
) -> None:
    found = [
        each.value
        for each in samples_of(metrics)
        if each.name == f"wyoming_bridge_{name}" and labels.items() <= each.labels.items()
    ]

    assert found == [pytest.approx(value)]


@pytest.mark.parametrize(
    ("ended_by", "outcome"),
    [
        ("silence", "complete"),
        ("silence", "incomplete"),
        ("silence", "empty"),
        ("none", "abandoned"),
    ],
)
def test_utterances_are_counted_by_their_end_and_result(
    ended_by: str, outcome: str, metrics: Metrics
) -> None:
    labels = {"profile": "kitchen", "ended_by": ended_by, "result": outcome}

    assert value_of(metrics, "wyoming_bridge_utterances_total", **labels) == 1


def test_a_client_that_leaves_is_not_an_error(metrics: Metrics) -> None:
    labels = {"profile": "kitchen", "ended_by": "none", "result": "failed"}
    codes = {
        each.labels["code"]
        for each in samples_of(metrics)
        if each.name == "wyoming_bridge_errors_total"
    }

    assert value_of(metrics, "wyoming_bridge_utterances_total", **labels) == 2
    assert codes == {"rate_limited", "internal_error"}


def test_a_profile_without_a_limit_has_no_budget_left(metrics: Metrics) -> None:
    assert value_of(metrics, "wyoming_bridge_budget_left_seconds", profile="cellar") is None


def test_no_metric_contains_a_transcript(metrics: Metrics) -> None:
    page = metrics.page().body.decode()

    assert "safe" not in page
    assert "Anna" not in page


# The rules of ``promtool check metrics``.


def test_names_help_and_units_are_as_prometheus_wants_them(metrics: Metrics) -> None:
    families = list(text_string_to_metric_families(metrics.page().body.decode()))
    problems = [problem for family in families for problem in _problems(family)]

    assert len({family.name for family in families}) == len(families)
    assert problems == []


def _problems(family) -> Iterator[str]:
    name, kind = family.name, family.type
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        yield f"{name}: must be in lower case, with single underscores"
    if not name.startswith(("wyoming_bridge_", "process_")):
        yield f"{name}: must begin with the name of the project"
    if not family.documentation.strip():
        yield f"{name}: has no HELP"
    if kind not in {"counter", "gauge", "histogram"}:
        yield f"{name}: has no type, or one that cannot be added up: {kind}"
    if set(name.split("_")) & {"ms", "milliseconds", "minutes", "kb", "kib", "mb", "percent", kind}:
        yield f"{name}: must have a base unit, and not the name of its type"
    for sample in family.samples:
        if (kind == "counter") != sample.name.endswith("_total"):
            yield f"{sample.name}: exactly counters end with _total"
        if set(sample.labels) & {"quantile", "instance", "job"}:
            yield f"{sample.name}: has a label that Prometheus itself sets"
        if ("le" in sample.labels) != sample.name.endswith("_bucket"):
            yield f"{sample.name}: exactly buckets have the label le"


def test_the_values_of_labels_are_from_closed_lists(metrics: Metrics) -> None:
    codes = {"internal_error"}
    kinds = [BridgeError]
    for each in kinds:
        kinds += each.__subclasses__()
        codes.add(each.code)
    allowed = {
        "profile": {"kitchen", "cellar"},
        "answered_by": {"kitchen", "cellar"},
        "code": codes,
        "ended_by": {*Ending, "none"},
        "result": {"complete", "incomplete", "empty", "failed", "abandoned"},
        "state": {"stranger", "idle", "busy", "leaving"},
        "reason": {*Refusal},
    }
    strange = [
        (sample.name, label, value)
        for sample in samples_of(metrics)
        for label, value in sample.labels.items()
        if label not in {"le", "version", "python"} and value not in allowed[label]
    ]

    assert strange == []


def test_the_page_explains_every_metric_with_its_labels(metrics: Metrics) -> None:
    page = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text()
    rows = dict(re.findall(r"^\| `(wyoming_bridge_\w+)` \| (.*?) \|", page, re.MULTILINE))
    explained = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows.items()}
    shown = {
        re.sub(r"_(bucket|count|sum)$", "", sample.name): set(sample.labels) - {"le"}
        for sample in samples_of(metrics)
        if sample.name.startswith("wyoming_bridge_")
    }

    assert explained == shown


def test_the_dashboard_shows_only_metrics_that_exist(metrics: Metrics) -> None:
    names = {sample.name for sample in samples_of(metrics)}
    dashboard = json.loads(DASHBOARD.read_text())
    queries = [
        target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])
    ]
    shown = {
        name for query in queries for name in re.findall(r"\b(?:wyoming_bridge|process)_\w+", query)
    }

    assert len(shown) >= 15
    assert shown <= names
    assert all(panel["title"] and panel["gridPos"] for panel in dashboard["panels"])
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])

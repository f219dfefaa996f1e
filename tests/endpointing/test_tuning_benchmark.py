"""``bench/tuning.py`` changes one parameter at a time, and shows how the results change."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from types import ModuleType

import pytest

from wyoming_bridge.endpointing import DEFAULT_TUNING, MicroVadDetector, Tuning
from wyoming_bridge.endpointing.sparse_vad import SparseVad
from wyoming_bridge.endpointing.vad import MicroVad

pytestmark = pytest.mark.once

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture(scope="module")
def bench() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCH))
        yield importlib.import_module("tuning")


def table(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, BENCH / "tuning.py", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def cells(output: str) -> dict[tuple[str, str], list[str]]:
    rows = [line.strip("|").split("|") for line in output.splitlines() if line.startswith("|")]
    return {(row[0].strip(), row[1].strip()): [each.strip() for each in row[2:]] for row in rows}


def test_the_table_shows_cuts_of_a_worse_value_and_names_parameters_without_effect() -> None:
    names = ("foreground_below_speech_db", "vad_rest_ms", "still_speaking_ms")
    done = table("--quick", *names)
    rows = cells(done.stdout)
    cuts = rows["parameter", "value"].index("cuts")
    network = rows["parameter", "value"].index("network, %")
    bridge = rows["the bridge's values", ""]

    assert done.returncode == 0, done.stderr
    assert bridge[cuts] == ""
    assert rows["foreground_below_speech_db", "7"][cuts].startswith("+")
    assert rows["foreground_below_speech_db", "13"][cuts] == ""
    assert float(rows["vad_rest_ms", "100"][network]) > float(bridge[network])
    assert rows["still_speaking_ms", ""][0] == "no take uses it"


def test_an_unknown_parameter_is_refused() -> None:
    done = table("--quick", "hangover")

    assert done.returncode == 2
    assert "unknown parameters: hangover" in done.stderr


def test_each_parameter_has_a_lower_and_a_higher_value_of_its_kind(bench: ModuleType) -> None:
    values = {each.name: tuple(bench.other_values(each.name)) for each in fields(Tuning)}

    assert values["hangover_ms"] == (100, 400)
    assert values["hiss_dbfs"] == (-49.2, -43.2)
    assert values["steady_above_db"] == (0.792, 2.376)
    assert values["vad_sure_from"] == (0.98, 0.995)
    assert all(
        low < getattr(DEFAULT_TUNING, name) < high and type(low) is type(high)
        for name, (low, high) in values.items()
    )


@pytest.mark.parametrize(
    "other", [{"sound_above_floor_db": 7.103}, {"vad_rest_ms": 400}, {"hangover_ms": 100}]
)
def test_repeated_answers_are_those_of_the_network(
    bench: ModuleType, other: dict[str, float]
) -> None:
    case = next(bench.cases(quick=True, all_babble=False))
    before = bench.RepeatingVad(tuning=DEFAULT_TUNING)
    bench.detected(case.take.pcm, before, DEFAULT_TUNING)
    tuning = replace(DEFAULT_TUNING, **other)
    repeating = bench.RepeatingVad(tuning=tuning, earlier=before.answers)
    model = SparseVad(MicroVad(tuning=tuning), speech_threshold=0.5, tuning=tuning)
    plain = MicroVadDetector(model=model, speech_threshold=0.5, tuning=tuning)

    assert bench.detected(case.take.pcm, repeating, tuning) == plain.feed(case.take.pcm)

"""The parameters that tune the detection of speech, and their units."""

import ast
import inspect
import re
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from wyoming_bridge.endpointing import DEFAULT_TUNING, Endpointing, Tuning, Turn, tuning
from wyoming_bridge.endpointing.noise_floor import NoiseFloor
from wyoming_bridge.endpointing.tuning import ratio, rms

MEASURED = re.compile(r"\b(measured|all runs|no take|runs?|fewer|lags?)\b", re.IGNORECASE)
"""Words of a docstring that reports a measurement, such as one of ``bench/tuning.py``."""


def test_the_default_numbers_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        DEFAULT_TUNING.hangover_ms = 0  # type: ignore[misc]


def reasons() -> dict[str, str]:
    """Return the docstring of each parameter; an empty text if it has none."""
    module = ast.parse(inspect.getsource(tuning))
    (owner,) = (each for each in module.body if isinstance(each, ast.ClassDef))
    found: dict[str, str] = {}
    for each, following in zip(owner.body, [*owner.body[1:], None], strict=True):
        if isinstance(each, ast.AnnAssign):
            text = following.value if isinstance(following, ast.Expr) else None
            found[ast.unparse(each.target)] = str(ast.literal_eval(text)) if text else ""
    return found


def test_every_number_has_a_reason_of_its_own_that_says_what_was_measured() -> None:
    found = reasons()
    unmeasured = [name for name, reason in found.items() if not MEASURED.search(reason)]

    assert list(found) == [each.name for each in fields(Tuning)]
    assert unmeasured == []


def test_every_number_has_a_unit_or_is_a_probability() -> None:
    units = ("_ms", "_db", "_dbfs", "_db_per_s")
    others = [each.name for each in fields(Tuning) if not each.name.endswith(units)]

    assert others == ["vad_idle_below", "vad_sure_from"]


def test_a_ratio_is_a_factor_of_levels() -> None:
    assert (ratio(20), ratio(-20), ratio(0)) == (10, 0.1, 1)
    assert (ratio(10.103), ratio(-18.062), ratio(22.923)) == (3.2, 0.125, 14)


def test_a_level_is_a_root_mean_square_of_16_bit_samples() -> None:
    assert (rms(0), rms(-46.2), rms(-64.3)) == (32768, 160, 20)


def test_a_part_of_the_package_accepts_other_numbers() -> None:
    loud = replace(DEFAULT_TUNING, initial_floor_dbfs=-20.0)
    late = replace(DEFAULT_TUNING, max_word_delay_ms=300)
    turn = Turn(Endpointing(), detector=None, tuning=late)
    turn.feed(bytes(32 * 1000))
    turn.text_received()

    assert NoiseFloor(tuning=loud).floor == 3277
    assert turn.speaker_end_ms == 700

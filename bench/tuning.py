"""Change one parameter of endpointing at a time, and show how the results change.

The takes are recorded speech, a selection of those of ``endpointing.py``: every noise, but fewer
pauses and fewer positions in the babble. All results are counts and durations of audio, so they are
the same on every machine. microVAD's network takes most of the time. So it runs only if its input
is not the same as with the bridge's own values.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from statistics import median
from typing import Final

import endpointing  # first, because it makes the package of this folder importable
from endpointing import Replayed, Row, run_turn
from mixing import CLIPS, Take
from repeating_vad import RepeatingVad

from wyoming_bridge.endpointing import DEFAULT_TUNING, Endpointing, Frame, MicroVadDetector, Tuning
from wyoming_bridge.endpointing.sparse_vad import SparseVad
from wyoming_bridge.endpointing.turn import Turn

PAUSES_MS: Final = (500,)
"""The longest pause of ``endpointing.py``, which is the easiest to mistake for an end."""

FAULTS: Final = ("cuts", "missed", "false", "late")
"""The faults that ``endpointing.py`` counts."""

_STEP_DB: Final = 3.0
_FRAME_MS: Final = 10
_FRAME_BYTES: Final = _FRAME_MS * endpointing.BYTES_PER_MS
_SETTINGS: Final = Endpointing()
_MOST_CONDITIONS: Final = 6
_INPUT_OF_NETWORK: Final = frozenset({"hiss_dbfs", "vad_warm_up_ms"})
"""The parameters that change what the network gets in place of quiet audio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A take, and the condition that it belongs to."""

    take: Take
    condition: str
    limit_ms: int
    """If the end is found later than this after the speech, the take counts as late."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a take, with the words of a service or without."""

    faults: frozenset[str] = frozenset()
    lag_ms: int | None = None
    """Time from the end of the speech to the endpoint; None if no endpoint follows the speech."""
    has_words: bool = True
    """Whether a service sent words."""


@dataclass(slots=True)
class Results:
    """The results with one value of a parameter, compared with those of the bridge's value."""

    changed: int = 0
    """How many outcomes are not exactly the same with both values."""
    new: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)
    where: Counter[str] = field(default_factory=Counter)
    """The conditions in which a fault is new or gone."""
    lags_ms: list[int] = field(default_factory=list)
    network_frames: int = 0
    """How many frames the network processed."""

    def add(self, condition: str, before: Outcome, after: Outcome) -> None:
        """Compare the outcomes with the bridge's value and with the other value, and count them."""
        self.changed += before != after
        self.new.update(after.faults - before.faults)
        self.gone.update(before.faults - after.faults)
        if before.faults != after.faults:
            self.where[condition if after.has_words else f"{condition} without words"] += 1
        if after.lag_ms is not None:
            self.lags_ms.append(after.lag_ms)


class NotedTuning(Tuning):
    """The bridge's parameters. The object keeps a list of those that are read."""

    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "used", set())

    def take_used(self) -> frozenset[str]:
        """Return the names of the parameters that were read since the last call."""
        used = frozenset(self.used)
        self.used.clear()
        return used & {each.name for each in fields(Tuning)}

    def __getattribute__(self, name: str) -> object:
        """Return the value of a parameter, and note its name."""
        if name != "used":
            self.used.add(name)
        return super().__getattribute__(name)


def other_values(name: str) -> tuple[float, float]:
    """Return a lower and a higher value.

    Times and speeds are halved and doubled. Levels and ratios are changed by 3 dB, ratios by at
    most half of their value. The distance of a probability to 0 or 1, whichever is nearer, is
    halved and doubled. A time that is a whole number stays a multiple of a frame.
    """
    value = getattr(DEFAULT_TUNING, name)
    if name.endswith(("_db", "_dbfs")):
        step_db = _STEP_DB if name.endswith("_dbfs") else min(_STEP_DB, value / 2)
        return round(value - step_db, 3), round(value + step_db, 3)
    if name.endswith("_ms") and isinstance(value, int):
        half_ms = value // 2 // _FRAME_MS * _FRAME_MS
        return max(_FRAME_MS, half_ms), 2 * value
    if name.endswith(("_ms", "_per_s")) or value < 0.5:
        return value / 2, 2 * value
    return round(1 - 2 * (1 - value), 3), round(1 - (1 - value) / 2, 3)


def cases(*, quick: bool, all_babble: bool) -> Iterator[Case]:
    """Yield the takes of all recordings, condition by condition."""
    positions = None if all_babble else 1
    babble_from_ms = endpointing.BABBLE_FROM_MS[:positions]
    names = CLIPS[:1] if quick else CLIPS
    for noise, snr_db in endpointing.conditions(quick=quick):
        takes = endpointing.takes_of(
            names, noise, snr_db, pauses_ms=PAUSES_MS, babble_from_ms=babble_from_ms
        )
        yield from (_case(take, noise, snr_db) for take in takes)
    for snr_db in (None, 10.0):
        title = "short words" if snr_db is None else "short words, white"
        takes = endpointing.words_of(names, snr_db=snr_db)
        yield from (_case(take, title, snr_db) for take in takes)


def _case(take: Take, title: str, snr_db: float | None) -> Case:
    condition = title if snr_db is None else f"{title} {snr_db:g} dB"
    target_ms = endpointing.LAG_TARGETS_MS["clean" if snr_db is None else "noisy"]
    return Case(take=take, condition=condition, limit_ms=_SETTINGS.silence_ms + target_ms)


def detected(pcm: bytes, model: RepeatingVad, tuning: Tuning) -> list[Frame]:
    """Return the frames of a take."""
    threshold = _SETTINGS.speech_threshold
    sparse = SparseVad(model, speech_threshold=threshold, tuning=tuning)
    detector = MicroVadDetector(model=sparse, speech_threshold=threshold, tuning=tuning)
    return detector.feed(pcm)


def outcomes(case: Case, frames: Sequence[Frame], tuning: Tuning) -> list[Outcome]:
    """Return the results of the take, with the words of a service and without."""
    take = case.take
    end = len(frames) * _FRAME_BYTES
    chunks = [take.pcm[at : at + _FRAME_BYTES] for at in range(0, end, _FRAME_BYTES)]
    found = []
    for has_words in (True, False) if take.words_ms else (False,):
        words_ms = {ms + endpointing.TEXT_AFTER_MS for ms in take.words_ms} if has_words else set()
        detector = Replayed([frame] for frame in frames)
        row = Row()
        run_turn(Turn(_SETTINGS, detector=detector, tuning=tuning), chunks, words_ms, take, row)
        counts = (row.cuts, row.missed, row.false, row.late(case.limit_ms))
        faults = frozenset(fault for fault, count in zip(FAULTS, counts, strict=True) if count)
        lag_ms = row.lags_ms[0] if row.lags_ms else None
        found.append(Outcome(faults, lag_ms, has_words))
    return found


class Comparison:
    """The results of all takes, with the bridge's values and with one other value at a time."""

    def __init__(self, names: Iterable[str]) -> None:
        self.bridge = Results()
        self.others = {(name, value): Results() for name in names for value in other_values(name)}
        self.used: set[str] = set()
        """The parameters that the takes use."""
        self.frames = 0
        self.cases: Counter[str] = Counter()

    def run(self, case: Case) -> None:
        """Run the take of a case with the bridge's values, and then with each other value.

        One parameter is changed at a time. The detector and the turn do not run again if the
        parameter cannot change their results.
        """
        noted = NotedTuning()
        model = RepeatingVad(tuning=noted)
        frames = detected(case.take.pcm, model, noted)
        of_detector = noted.take_used()
        before = outcomes(case, frames, noted)
        of_turn = noted.take_used()
        self.used |= of_detector | of_turn
        self.frames += len(frames)
        self.cases[case.condition] += 1
        self.bridge.network_frames += len(model.answers)
        for outcome in before:
            self.bridge.add(case.condition, Outcome(has_words=outcome.has_words), outcome)
        for (name, value), results in self.others.items():
            tuning = replace(DEFAULT_TUNING, **{name: value})
            theirs, answers = frames, model.answers
            if name in of_detector:
                earlier = () if name in _INPUT_OF_NETWORK else model.answers
                other = RepeatingVad(tuning=tuning, earlier=earlier)
                theirs, answers = detected(case.take.pcm, other, tuning), other.answers
            is_same = name not in of_turn and _for_turn(theirs) == _for_turn(frames)
            after = before if is_same else outcomes(case, theirs, tuning)
            for ours, each in zip(before, after, strict=True):
                results.add(case.condition, ours, each)
            results.network_frames += len(answers)

    def show(self) -> None:
        """Print the table."""
        print(f"{sum(self.cases.values())} takes: ", end="")
        print(", ".join(f"{condition}: {count}" for condition, count in self.cases.items()))
        print(f"| parameter | value | changed | {' | '.join(FAULTS)} ", end="")
        print("| lag, ms | 95 %, ms | network, % | faults in |")
        print("| --- " * 11 + "|")
        self._show_row("the bridge's values", "", self.bridge)
        for (name, value), results in self.others.items():
            if name in self.used:
                self._show_row(name, f"{value:g}", results)
        unused = [name for name, _ in self.others if name not in self.used]
        for name in dict.fromkeys(unused):
            print(f"| {name} | | no take uses it" + " |" * 9)

    def _show_row(self, name: str, value: str, results: Results) -> None:
        lags_ms = sorted(results.lags_ms)
        cells = [name, value, f"{results.changed}" if value else f"of {results.changed}"]
        for fault in FAULTS:
            new, gone = results.new[fault], results.gone[fault]
            counts = (f"+{new}" if value else f"{new}", f"-{gone}")
            cells.append(" ".join(each for each in counts if each.strip("+-") != "0"))
        cells += [f"{median(lags_ms):.0f}", str(lags_ms[len(lags_ms) * 95 // 100])]
        cells.append(f"{100 * results.network_frames / self.frames:.1f}")
        where = results.where.most_common(_MOST_CONDITIONS)
        cells.append(", ".join(f"{condition}: {count}" for condition, count in where))
        print(f"| {' | '.join(cells)} |", flush=True)


def _for_turn(frames: Iterable[Frame]) -> list[tuple[bool, float, bool, bool]]:
    """Return what the turn uses of each frame: everything except the level of the noise."""
    return [frame[:4] for frame in frames]


def main() -> int:
    """Print the table."""
    names = [each.name for each in fields(Tuning)]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one recording, clean and in noise")
    parser.add_argument("--all-babble", action="store_true", help="every position in the babble")
    parser.add_argument("parameters", nargs="*", metavar="PARAMETER", help="default: all")
    arguments = parser.parse_args()
    if unknown := set(arguments.parameters) - set(names):
        parser.error(f"unknown parameters: {', '.join(sorted(unknown))}")
    comparison = Comparison(arguments.parameters or names)
    for case in cases(quick=arguments.quick, all_babble=arguments.all_babble):
        comparison.run(case)
    comparison.show()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Judges the answers to spoken commands, and sums them up in rows of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from spoken import Take
from streams import Answer

from wyoming_bridge.house import Completeness
from wyoming_bridge.house.language import HouseLanguage
from wyoming_bridge.house.understanding import Understanding
from wyoming_bridge.house.words import Words

__all__ = ["HEADER", "Cell", "Judge", "Outcome", "Row", "write_all"]

HEADER: Final = """\
| engine | speech | pause, ms | SNR, dB | house | takes | right | sentence | intent | wrong | cut \
| snapped | answer, ms | complete, ms | extendable, ms | CPU, s | late, ms |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- \
| --- | --- |"""

COLUMNS: Final = (
    *("speech", "spoken", "transcript", "said", "found", "completeness_of_spoken"),
    *("completeness", "ended_by", "end_ms", "speech_ms", "endpoint_ms", "audio_ms", "answer_ms"),
)
"""The columns of the table of all takes. Times are in ms from the first audio, but ``answer_ms`` is
from ``end_ms``."""

_UNDERSTOOD: Final = {Completeness.COMPLETE, Completeness.EXTENDABLE}
_CHUNK_MS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One condition. It has two rows in the table: with the house and without it."""

    engine: str
    source: str
    """``recorded`` or ``voice`` (synthetic) for commands, ``free`` for speech without commands."""
    pause_ms: int = 0
    snr_db: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of one take."""

    take: Take
    text: str
    details: Mapping[str, Any]
    """What the bridge says about the result."""
    is_sentence: bool
    """Whether the text is the sentence that was spoken."""
    is_intent: bool
    """Whether Home Assistant would do the same as for the spoken command."""
    is_wrong: bool
    """Whether Home Assistant would do something that was not said."""
    is_cut: bool
    """Whether the utterance ended before the speech did."""
    is_snapped: bool
    """Whether the text was repaired to a command."""
    answer_ms: float | None
    """The time from the end of the speech to the transcript; None if the utterance was cut or
    lost."""
    completeness: Completeness
    """The completeness of the sentence that was spoken."""
    late_ms: float
    """The longest time by which a chunk was sent later than in real time."""

    @property
    def is_right(self) -> bool:
        """Whether Home Assistant would do what was said."""
        return self.is_sentence or self.is_intent

    def columns(self) -> tuple[str, ...]:
        """Return the values of ``COLUMNS``."""
        found = [
            name for name in ("right", "wrong", "cut", "snapped") if getattr(self, f"is_{name}")
        ]
        timing = self.details.get("timing", {})
        return (
            self.take.sentence.source,
            self.take.sentence.text or self.take.sentence.path.stem,
            self.text,
            str(self.details.get("said") or ""),
            " ".join(found),
            self.completeness.value,
            str(self.details.get("completeness") or ""),
            str(self.details.get("ended_by") or ""),
            str(self.take.end_ms),
            f"{timing.get('speech_ms') or 0:.0f}",
            f"{timing.get('endpoint_ms') or 0:.0f}",
            f"{timing.get('audio_ms') or 0:.0f}",
            "" if self.answer_ms is None else f"{self.answer_ms:.0f}",
        )


class Judge:
    """Compares transcripts with what was said."""

    def __init__(self, understanding: Understanding, language: HouseLanguage) -> None:
        self._understanding = understanding
        self._language = language
        self._words = Words("en")

    def of(self, take: Take, answer: Answer) -> Outcome:
        """Return the result of a take."""
        spoken, text = take.sentence.text, answer.text
        wanted = self._understanding.of(spoken) if take.sentence.is_command else None
        got = self._understanding.of(text) if text else None
        last = take.end_ms // _CHUNK_MS - 1
        is_cut = bool(answer.at_s) and (
            answer.audio_ms < take.end_ms or last >= len(answer.sent_at_s)
        )
        is_answered = bool(answer.at_s) and not is_cut
        return Outcome(
            take=take,
            text=text,
            details=answer.details,
            is_sentence=bool(spoken) and self._words.of(text) == self._words.of(spoken),
            is_intent=wanted is not None and got == wanted,
            is_wrong=got is not None and got != wanted,
            is_cut=is_cut,
            is_snapped=answer.details.get("repair") is not None
            and self._language.completeness(text) in _UNDERSTOOD,
            answer_ms=(answer.at_s - answer.sent_at_s[last]) * 1000 if is_answered else None,
            completeness=self._language.completeness(spoken),
            late_ms=_late_ms(answer.sent_at_s),
        )


def _late_ms(sent_at_s: Sequence[float]) -> float:
    return max(
        (at_s - sent_at_s[0]) * 1000 - place * _CHUNK_MS for place, at_s in enumerate(sent_at_s)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The outcomes of one condition, either with the house or without it."""

    cell: Cell
    house: str
    """``with`` or ``without``."""
    outcomes: Sequence[Outcome]
    cpu_s: float
    """CPU time of the bridge and its engine per utterance."""

    def count(self, name: str) -> int:
        """Return in how many outcomes a property is true."""
        return sum(getattr(each, name) for each in self.outcomes)

    def share(self, name: str) -> float:
        """Return the share of the outcomes in which a property is true."""
        return self.count(name) / len(self.outcomes)

    def answer_ms(self, completeness: Completeness | None = None) -> float | None:
        """Return the median answer time, of all takes or of those with this completeness."""
        values = [
            each.answer_ms
            for each in self.outcomes
            if each.answer_ms is not None and completeness in {None, each.completeness}
        ]
        return median(values) if values else None

    def __str__(self) -> str:
        cell = self.cell
        times = (
            self.answer_ms(),
            self.answer_ms(Completeness.COMPLETE),
            self.answer_ms(Completeness.EXTENDABLE),
        )
        values = (
            cell.engine,
            cell.source,
            cell.pause_ms or "",
            "" if cell.snr_db is None else f"{cell.snr_db:g}",
            self.house,
            len(self.outcomes),
            *(
                self.count(f"is_{name}")
                for name in ("right", "sentence", "intent", "wrong", "cut", "snapped")
            ),
            *("" if each is None else f"{each:.0f}" for each in times),
            f"{self.cpu_s:.2f}",
            f"{median(each.late_ms for each in self.outcomes):.0f}",
        )
        return f"| {' | '.join(map(str, values))} |"


def write_all(path: Path, rows: Sequence[Row]) -> None:
    """Write a table with every take and its result."""
    lines = ["\t".join(("engine", "pause_ms", "snr_db", "house", *COLUMNS))]
    for row in rows:
        cell = row.cell
        condition = (cell.engine, str(cell.pause_ms), str(cell.snr_db), row.house)
        lines += ["\t".join((*condition, *each.columns())) for each in row.outcomes]
    path.write_text("\n".join(lines) + "\n")

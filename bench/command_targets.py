"""The targets of ``commands.py``."""

from collections.abc import Iterator, Sequence
from typing import Final

from outcomes import Cell, Row

from wyoming_bridge.house import Completeness

__all__ = ["ENGINES", "KNOWN", "targets_of"]

KNOWN: Final = "known words"
"""The name of the service in ``known_words.py``."""

ENGINES: Final = (KNOWN, "moonshine", "pocketsphinx")

RIGHT_TARGET: Final = 0.85
"""The smallest share of recorded commands that Home Assistant must understand correctly."""

WRONG_TARGET: Final = 0.02
"""The largest share of commands that Home Assistant may take for a different command."""

SNAPPED_TARGET: Final = 0.01
"""The largest share of free speech (speech without commands) that may be repaired to a command."""

SOONER_TARGET_MS: Final = 250
"""How much sooner complete commands must be answered with the house than without it, as a
difference of medians."""

FEWER_CUTS_TARGET: Final = 0.9
"""The smallest share of the cuts in pauses of 900 ms that the house must prevent."""

FREE_LATER_MS: Final = 50
"""How much later free speech may be answered with the house than without it, as a difference of
medians."""


def targets_of(rows: Sequence[Row]) -> Iterator[tuple[str, bool]]:
    """Yield for each target a line with the measured value, and whether the target is met.

    Targets for which a row is missing are left out.
    """

    def row(engine: str, source: str, house: str, pause_ms: int = 0) -> Row | None:
        cell = Cell(engine=engine, source=source, pause_ms=pause_ms)
        return next((each for each in rows if (each.cell, each.house) == (cell, house)), None)

    if found := row("moonshine", "recorded", "with"):
        share = found.share("is_right")
        yield (
            f"recorded commands right: {share:.2f}, at least {RIGHT_TARGET}",
            share >= RIGHT_TARGET,
        )
        clean = [found, row("moonshine", "voice", "with")]
        outcomes = [each for part in clean if part for each in part.outcomes]
        share = sum(each.is_wrong for each in outcomes) / len(outcomes)
        yield f"wrong but understood: {share:.3f}, at most {WRONG_TARGET}", share <= WRONG_TARGET
    for engine in ENGINES:
        without, with_house = row(engine, "free", "without"), row(engine, "free", "with")
        if without and with_house:
            snapped = with_house.share("is_snapped")
            yield (
                f"{engine}: free speech snapped: {snapped:.3f}, at most {SNAPPED_TARGET}",
                snapped <= SNAPPED_TARGET,
            )
            cuts = with_house.count("is_cut"), without.count("is_cut")
            yield f"{engine}: free speech cut: {cuts[0]}, at most {cuts[1]}", cuts[0] <= cuts[1]
            later = (with_house.answer_ms() or 0) - (without.answer_ms() or 0)
            yield (
                f"{engine}: free speech later by {later:.0f} ms, at most {FREE_LATER_MS}",
                later <= FREE_LATER_MS,
            )
        without, with_house = row(engine, "recorded", "without"), row(engine, "recorded", "with")
        if without and with_house and engine != "pocketsphinx":
            times = [each.answer_ms(Completeness.COMPLETE) for each in (without, with_house)]
            sooner = (times[0] or 0) - (times[1] or 0)
            target = f"{engine}: complete commands sooner by {sooner:.0f} ms"
            yield f"{target}, at least {SOONER_TARGET_MS}", sooner >= SOONER_TARGET_MS
    without, with_house = (row(KNOWN, "recorded", house, 900) for house in ("without", "with"))
    if without and with_house and without.count("is_cut"):
        fewer = 1 - with_house.count("is_cut") / without.count("is_cut")
        yield (
            f"cuts in pauses of 900 ms: {fewer:.2f} fewer, at least {FEWER_CUTS_TARGET}",
            fewer >= FEWER_CUTS_TARGET,
        )

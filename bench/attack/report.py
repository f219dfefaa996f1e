"""What an attack did to the programs: figures, verdicts and the table. No I/O."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

__all__ = [
    "HEADER",
    "LIMITS",
    "Figures",
    "Limits",
    "Outcome",
    "exit_code",
    "in_page",
    "judged",
    "origin",
    "row",
    "summary",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The largest figures with which a bridge in a house still does its work."""

    ping_ms: float = 50.0
    """Median time in which the bridge answers the ping of a bystander during an attack."""
    memory_mib: float = 200.0
    """Resident memory of one program with its children: the highest figure during an attack."""
    log_kb: float = 10.0
    """What one program may write to its log in a minute, in kB."""


LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured during one attack. A list is empty if there was nothing to measure."""

    pings_ms: Sequence[float] = ()
    """How long each ping of the bystander took."""
    memory_mib: float = 0.0
    """The highest resident memory of one program with its children."""
    log_kb: float | None = None
    """The size of the largest log that one program wrote, in kB; None if no program ran."""
    duration_s: float = 0.0
    whole: int = 0
    """How many utterances of the bystander were transcribed word for word."""
    spoken: int = 0
    """How many utterances the bystander spoke."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One attack that was tried."""

    name: str
    point: int
    """The kind of protection, by its number in ``docs/security.md``."""
    tried: str
    """What the attacker did."""
    expected: str
    """What must hold in spite of the attack."""
    figures: Figures = field(default_factory=Figures)
    problems: Sequence[str] = ()
    """Why ``expected`` did not hold; empty if it held."""

    @property
    def held(self) -> bool:
        """Whether everything that ``expected`` says was true."""
        return not self.problems


def judged(figures: Figures, *, limits: Limits = LIMITS) -> list[str]:
    """Return which figures are beyond the limits.

    An attack that is shorter than a minute may log as much as one of a minute, because the limits
    on the log allow a burst.
    """
    problems = []
    if figures.pings_ms and median(figures.pings_ms) > limits.ping_ms:
        problems.append(
            f"the median ping of a bystander took {median(figures.pings_ms):.0f} ms; "
            f"the limit is {limits.ping_ms:g} ms"
        )
    if figures.memory_mib > limits.memory_mib:
        problems.append(
            f"the memory grew to {figures.memory_mib:.0f} MiB; the limit is {limits.memory_mib:g}"
        )
    allowed_kb = limits.log_kb * max(1.0, figures.duration_s / 60)
    if figures.log_kb is not None and figures.log_kb > allowed_kb:
        problems.append(
            f"the log grew by {figures.log_kb:.1f} kB in {figures.duration_s:.0f} s; "
            f"the limit is {allowed_kb:.1f} kB"
        )
    if figures.whole < figures.spoken:
        problems.append(
            f"{figures.spoken - figures.whole} of {figures.spoken} utterances of a bystander "
            "are not whole"
        )
    return problems


HEADER: Final = (
    "| | tried | holds if | verdict | ping, ms | memory, MiB | log, kB | whole |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def row(outcome: Outcome) -> str:
    """Return the outcome as a row of the table below ``HEADER``."""
    figures = outcome.figures
    verdict = "held" if outcome.held else "**broken**: " + "; ".join(outcome.problems)
    pings = ""
    if figures.pings_ms:
        pings = f"{median(figures.pings_ms):.1f}, {max(figures.pings_ms):.0f}"
    cells = [
        f"{outcome.point} `{outcome.name}`",
        outcome.tried,
        outcome.expected,
        verdict,
        pings,
        f"{figures.memory_mib:.0f}" if figures.memory_mib else "",
        "" if figures.log_kb is None else f"{figures.log_kb:.1f}",
        f"{figures.whole} of {figures.spoken}" if figures.spoken else "",
    ]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def origin(
    outcomes: Sequence[Outcome], *, minutes: float, cores: int, load: Sequence[float]
) -> str:
    """Return a sentence that says where the figures of a table are from."""
    broken = [f"`{each.name}`" for each in outcomes if not each.held]
    held = f"All but {', '.join(broken)} held." if broken else "All of them held."
    return (
        f"The table is from one run of {len(outcomes)} attacks, which took {minutes:.0f} minutes "
        f"on a machine with {cores} cores and a load average of {min(load):.0f} to "
        f"{max(load):.0f}. {held}"
    )


_BEGIN: Final = "<!-- attacks -->\n"
_END: Final = "<!-- end of attacks -->"


def in_page(page: str, outcomes: Sequence[Outcome], *, said: str) -> str:
    """Return a page whose part between the two marks is this table, and ``said`` below it.

    Raises:
        ValueError: The page does not have both marks.
    """
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"the page must have the marks {_BEGIN.strip()} and {_END}")
    table = "\n".join([HEADER, *map(row, outcomes)])
    return f"{before}{begin}{table}\n\n{textwrap.fill(said, 100)}\n{end}{after}"


def exit_code(outcomes: Sequence[Outcome], *, not_tried: Sequence[str] = ()) -> int:
    """Return 0 if everything was tried and held, and 1 otherwise."""
    return 0 if outcomes and not not_tried and all(each.held for each in outcomes) else 1


def summary(outcomes: Sequence[Outcome], *, not_tried: Sequence[str] = ()) -> str:
    """Return one line about all outcomes."""
    broken = [outcome.name for outcome in outcomes if not outcome.held]
    parts = [f"{len(outcomes) - len(broken)} of {len(outcomes)} attacks held"]
    if broken:
        parts.append(f"broken: {', '.join(broken)}")
    if not_tried:
        parts.append(f"out of time, not tried: {', '.join(not_tried)}")
    return "; ".join(parts)

"""Shows the figures of a comparison as one HTML file with SVG plots. It loads no other files."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Final

from .statistics import Figure
from .summary import Summary
from .table import COLUMNS, rows_of
from .trial import LATE_MS, Trial

__all__ = ["page"]

_STYLE: Final = """\
:root { color-scheme: light dark; --line: #8888; --bar: #3b82c4; --mark: #c2410c; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left; }
svg { display: block; max-width: 100%; height: auto; margin: .5rem 0 1.5rem; }
svg text { font: 13px system-ui, sans-serif; fill: currentColor; }
.bar { fill: var(--bar); } .range { stroke: currentColor; stroke-width: 2; }
.dot { fill: var(--bar); fill-opacity: .5; } .median { stroke: var(--mark); stroke-width: 2; }
.wrong { color: var(--mark); font-weight: 600; }
"""

_EXPLANATION: Final = (
    "The numbers in brackets are the limits of the interval that contains the true figure with a "
    "probability of 95 %. A profile has more or fewer word errors than the first one if its "
    "interval in the column “than the first” does not contain 0."
)

_WIDTH: Final = 900
_LEFT: Final = 180
_ROW: Final = 34


def page(summaries: Sequence[Summary], trials: Sequence[Trial], *, title: str) -> str:
    """Return the page as HTML. ``summaries`` must be the summaries of ``trials``."""
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>",
            f"<p>{_EXPLANATION}</p>",
            _table(COLUMNS, rows_of(summaries)),
            *_bars("Word errors", summaries, lambda each: each.word_errors),
            *_bars("Every word right", summaries, lambda each: each.right),
            *_bars("Intent right", summaries, lambda each: each.intent_right),
            *_bars("Ended before the end of the speech", summaries, lambda each: each.cut),
            *_bars(f"Text later than {LATE_MS} ms", summaries, lambda each: each.late),
            *_dots("Time from the end of the speech to the text", summaries, trials),
            "<h2>Every recording</h2>",
            _trials(summaries, trials),
            "</main></body></html>",
        ]
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f'<th scope="col">{escape(each)}</th>' for each in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _bars(
    title: str, summaries: Sequence[Summary], figure_of: Callable[[Summary], Figure | None]
) -> list[str]:
    """Return the heading and the plot of a figure, or nothing if no profile has the figure."""
    figures = [(each.profile, figure_of(each)) for each in summaries]
    if not any(figure for _, figure in figures):
        return []
    largest = max([figure.high for _, figure in figures if figure] + [0.01])

    def at(value: float) -> float:
        return _LEFT + value / largest * (_WIDTH - _LEFT - 90)

    parts, shown = [], []
    for row, (profile, figure) in enumerate(figures):
        middle = row * _ROW + _ROW / 2
        parts.append(_text(0, middle, profile))
        if figure is None:
            continue
        width = at(figure.value) - _LEFT
        shown.append(f"{profile} {100 * figure.value:.1f} %")
        parts += [
            f'<rect class="bar" x="{_LEFT}" y="{middle - 9}" width="{width:.1f}" height="18"/>',
            _line("range", (at(figure.low), middle), (at(figure.high), middle)),
            _text(at(figure.high) + 8, middle, f"{100 * figure.value:.1f} %"),
        ]
    return _plot(title, parts, shown, rows=len(figures))


def _dots(title: str, summaries: Sequence[Summary], trials: Sequence[Trial]) -> list[str]:
    """Return the heading and the plot of the times, or nothing if there are no times."""
    times = {
        each.profile: [
            trial.response_ms
            for trial in trials
            if trial.profile == each.profile and trial.response_ms is not None
        ]
        for each in summaries
    }
    if not any(times.values()):
        return []
    largest = max([max(values) for values in times.values() if values] + [1.0])

    def at(value: float) -> float:
        return _LEFT + max(0.0, value) / largest * (_WIDTH - _LEFT - 90)

    parts, shown = [], []
    for row, each in enumerate(summaries):
        middle = row * _ROW + _ROW / 2
        parts.append(_text(0, middle, each.profile))
        parts += [
            f'<circle class="dot" cx="{at(value):.1f}" cy="{middle}" r="5">'
            f"<title>{value:.0f} ms</title></circle>"
            for value in times[each.profile]
        ]
        if median := each.response_p50_ms:
            place = at(median.value)
            shown.append(f"{each.profile} {median.value:.0f} ms")
            parts += [
                _line("median", (place, middle - 14), (place, middle + 14)),
                _text(at(largest) + 10, middle, f"{median.value:.0f} ms"),
            ]
    return _plot(title, parts, shown, rows=len(summaries))


def _text(x: float, middle: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{middle + 5:.1f}">{escape(text)}</text>'


def _line(kind: str, begin: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = begin, end
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _plot(title: str, parts: Sequence[str], shown: Sequence[str], *, rows: int) -> list[str]:
    """Return a heading and a plot. The plot's label has the figures in ``shown``."""
    size = f'viewBox="0 0 {_WIDTH} {rows * _ROW}" width="{_WIDTH}"'
    label = escape(f"{title}: {', '.join(shown)}")
    return [
        f"<h2>{title}</h2>",
        f'<svg {size} role="img" aria-label="{label}">{"".join(parts)}</svg>',
    ]


def _trials(summaries: Sequence[Summary], trials: Sequence[Trial]) -> str:
    profiles = [each.profile for each in summaries]
    items: dict[str, dict[str, Trial]] = {}
    for trial in trials:
        items.setdefault(trial.item, {})[trial.profile] = trial
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in ("said", *profiles))
    body = "".join(
        f"<tr><td>{escape(next(iter(found.values())).truth)}</td>"
        + "".join(_cell(found.get(profile)) for profile in profiles)
        + "</tr>"
        for found in items.values()
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(trial: Trial | None) -> str:
    if trial is None:
        return "<td></td>"
    if trial.score.is_right:
        return "<td>right</td>"
    said = escape(trial.text or "(no words)") if trial.error is None else escape(trial.error)
    cut = " (cut)" if trial.is_cut else ""
    return f'<td><span class="wrong">{said}</span>{cut}</td>'

"""Shows the figures of a comparison as a table in Markdown."""

from collections.abc import Sequence

from .statistics import Figure
from .summary import Summary

__all__ = ["COLUMNS", "rows_of", "table"]

COLUMNS = (
    "profile",
    "word errors",
    "than the first",
    "all right",
    "intent right",
    "text after, median",
    "95 %",
    "cut",
    "late",
    "failed",
    "audio sent",
    "price",
)


def rows_of(summaries: Sequence[Summary]) -> list[tuple[str, ...]]:
    """Return a row of texts for each profile, in the order of ``COLUMNS``."""
    return [
        (
            each.profile,
            _percent(each.word_errors),
            _percent(each.word_errors_more, sign="+"),
            _percent(each.right),
            _percent(each.intent_right),
            _milliseconds(each.response_p50_ms),
            _milliseconds(each.response_p95_ms),
            _percent(each.cut),
            _percent(each.late),
            f"{each.errors} of {each.trials}",
            f"{each.sent_s:.0f} s",
            "" if each.price is None else f"{each.price:.4f}",
        )
        for each in summaries
    ]


def table(summaries: Sequence[Summary]) -> str:
    """Return the table. Its columns are aligned, so that it can also be read as text."""
    rows = [COLUMNS, *rows_of(summaries)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    rule = " | ".join("-" * max(3, width) for width in widths)
    return "\n".join(f"| {line} |" for line in [lines[0], rule, *lines[1:]])


def _percent(figure: Figure | None, *, sign: str = "") -> str:
    if figure is None:
        return ""
    value, low, high = (100 * each for each in (figure.value, figure.low, figure.high))
    return f"{value:{sign}.1f} % [{low:.1f}..{high:.1f}]"


def _milliseconds(figure: Figure | None) -> str:
    if figure is None:
        return ""
    return f"{figure.value:.0f} ms [{figure.low:.0f}..{figure.high:.0f}]"

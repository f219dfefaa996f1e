"""``wyoming-bridge providers``: what each provider can do, as a table or as JSON."""

from dataclasses import asdict
from typing import Final

from ..capabilities import Capabilities
from ..options import options_of
from ..providers.registry import PROVIDERS, Provider

__all__ = ["providers_details", "providers_table"]

_COLUMNS: Final = ("partials", "flush", "word_times", "confidence", "speakers", "bias_terms")
"""The most important capabilities. ``--json`` and the documentation have all of them."""

_NOTE: Final = (
    "The provider local runs its own server with any of these protocols and needs no account."
)


def providers_table() -> str:
    """Return a text table with one row per provider and one column per capability."""
    rows = [("", *(name.replace("_", " ") for name in _COLUMNS), "languages")]
    for name, provider in PROVIDERS.items():
        can = provider.capabilities
        rows.append((name, *(_cell(can, each) for each in _COLUMNS), str(len(can.languages))))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([*(line.rstrip() for line in lines), "", _NOTE])


def providers_details() -> dict[str, object]:
    """Return all details of the providers, for JSON."""
    return {name.value: _described(provider) for name, provider in PROVIDERS.items()}


def _described(provider: Provider) -> dict[str, object]:
    capabilities = asdict(provider.capabilities)
    return {
        "title": provider.title,
        "languages": capabilities.pop("languages"),
        "settings": [name for name, _ in options_of(provider.settings)],
        "capabilities": capabilities,
    }


def _cell(can: Capabilities, name: str) -> str:
    value: object = getattr(can, name)
    match value:
        case True:
            return "yes"
        case False | 0:
            return "-"
        case _:
            return str(value)

"""How long to stop reading after a message, so that other tasks get most of the CPU time."""

from typing import Final

__all__ = ["rest_s"]

_LONG_S: Final = 0.005
_REST: Final = 4
"""If a message takes longer than ``_LONG_S`` to process, reading stops for ``_REST`` times as long.
Ordinary messages take less than a millisecond."""


def rest_s(took_s: float) -> float:
    """Return how long to stop reading after a message that took ``took_s`` to process."""
    return took_s * _REST if took_s > _LONG_S else 0.0

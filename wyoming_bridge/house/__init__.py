"""The names and the commands of one house, and what they say about a transcript.

Hard rule: this package uses no engine, no socket and no clock.
"""

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from .house import House
    from .name_ranking import likely_names
    from .parts import Area, Floor, HouseEntity
    from .verdict import Completeness, Repair, RepairMode, Score

__all__ = [
    "Area",
    "Completeness",
    "Floor",
    "House",
    "HouseEntity",
    "Repair",
    "RepairMode",
    "Score",
    "likely_names",
]

_HOMES = {
    "verdict": "Completeness Repair RepairMode Score",
    "house": "House",
    "parts": "Area Floor HouseEntity",
    "name_ranking": "likely_names",
}

__getattr__ = lazy_names(__name__, _HOMES)

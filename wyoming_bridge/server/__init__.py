"""The Wyoming side: who connects, what they ask for, what they get."""

from .announce import Announcement, Announcer, load_library
from .info import Program
from .service import Bound, Listener, WyomingService

__all__ = [
    "Announcement",
    "Announcer",
    "Bound",
    "Listener",
    "Program",
    "WyomingService",
    "load_library",
]

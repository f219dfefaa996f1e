"""The Wyoming server: connections of clients, their requests, and the answers."""

from .announce import Announcement, Announcer, load_library
from .info import Program
from .listening import ListenError
from .service import MAX_CLIENTS, Bound, Listener, WyomingService

__all__ = [
    "MAX_CLIENTS",
    "Announcement",
    "Announcer",
    "Bound",
    "ListenError",
    "Listener",
    "Program",
    "WyomingService",
    "load_library",
]

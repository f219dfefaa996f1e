"""The Wyoming server: connections of clients, their requests, and the answers.

This module does not import ``announce``, because only an announced bridge needs it.
"""

from .info import Program
from .listener import Bound, Listener
from .service import MAX_CLIENTS, WyomingService

__all__ = [
    "MAX_CLIENTS",
    "Bound",
    "Listener",
    "Program",
    "WyomingService",
]

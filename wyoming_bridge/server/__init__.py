"""The Wyoming side: who connects, what they ask for, what they get."""

from .info import Program
from .service import Listener, WyomingService

__all__ = ["Listener", "Program", "WyomingService"]

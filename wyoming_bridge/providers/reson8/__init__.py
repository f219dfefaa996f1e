"""Reson8 realtime: binary audio in, transcripts out, flushes by name.

The binding text is the service's realtime page; what it leaves open is marked where it is used.
"""

from .client import Reson8Client
from .settings import CAPABILITIES, Reson8Settings

__all__ = ["CAPABILITIES", "Reson8Client", "Reson8Settings"]

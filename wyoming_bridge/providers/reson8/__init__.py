"""Reson8 realtime: binary audio in, transcripts out, flushes by name.

The binding text is the service's realtime page; what it leaves open is marked where it is used.
"""

from .settings import CAPABILITIES, Reson8Settings

__all__ = ["CAPABILITIES", "Reson8Settings"]

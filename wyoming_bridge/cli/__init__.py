"""The command ``wyoming-bridge``.

Exit codes: 0 done; 1 the program itself failed; 2 the command line or the configuration is
wrong; 3 the service or the bridge failed; 4 nothing was heard; 130 interrupted while
transcribing. ``run`` and ``serve`` end with 0 when they are told to stop.
"""

from .main import main

__all__ = ["main"]

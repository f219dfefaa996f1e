"""The live page: it shows what is said now and what was said, and users can speak to it.

This module imports nothing of the page. The web framework takes 14 MiB of memory, so only a bridge
with a page loads it.
"""

from typing import Final

__all__ = ["DEFAULT_ADDRESS"]

DEFAULT_ADDRESS: Final = "127.0.0.1:10381"
"""The address of the page if the configuration names none."""

"""The names of what we add to Wyoming."""

from typing import Final

__all__ = ["ACCESS_TYPE", "EXTENSION", "PARTIAL_TYPE", "PRODUCT"]

PRODUCT: Final = "Wyoming Bridge"
"""The attribution of every program in ``info``. Clients recognise a bridge by this name."""

PARTIAL_TYPE: Final = "transcript-partial"

ACCESS_TYPE: Final = "wyoming-bridge-access"

EXTENSION: Final = "wyoming_bridge"
"""The name of our object in the data of events."""

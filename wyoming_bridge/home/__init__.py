"""How a bridge outside Home Assistant uses it: to read the names of the house, and to be announced.

Both use Home Assistant's websocket API. This module does not import ``watch``, because a
configuration that only holds the address does not need the websocket.
"""

from .api import SUPERVISOR_TOKEN_VARIABLE, HomeAssistantApi, SupervisorApi, supervised
from .combine import combined, summary_of

__all__ = [
    "SUPERVISOR_TOKEN_VARIABLE",
    "HomeAssistantApi",
    "SupervisorApi",
    "combined",
    "summary_of",
    "supervised",
]

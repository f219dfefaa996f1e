"""Connects a bridge with Home Assistant: reads the names of the house, and announces the bridge.

Both use Home Assistant's websocket API. This module does not import ``watch``, so that reading a
configuration does not load the websocket library.
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

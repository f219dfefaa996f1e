"""Where a bridge outside Home Assistant gets the names of the house from.

Home Assistant tells them over its websocket API. This module does not import ``watch``, because a
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

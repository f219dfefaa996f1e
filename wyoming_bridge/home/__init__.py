"""Connects a bridge with Home Assistant: reads the names of the house, and announces the bridge.

Both use Home Assistant's websocket API. This module does not import ``watch`` or ``fetching``, so
that reading a configuration does not load the websocket library.
"""

from typing import TYPE_CHECKING, Final

from ..lazy import lazy_names

if TYPE_CHECKING:
    from .api import HomeAssistantApi, SupervisorApi, supervised
    from .combine import combined, summary_of

__all__ = [
    "SUPERVISOR_TOKEN_VARIABLE",
    "HomeAssistantApi",
    "SupervisorApi",
    "combined",
    "summary_of",
    "supervised",
]

SUPERVISOR_TOKEN_VARIABLE: Final = "SUPERVISOR_TOKEN"  # noqa: S105 - the variable's name
"""Environment variable that the Supervisor sets in its apps."""

_HOMES = {
    "api": "HomeAssistantApi SupervisorApi supervised",
    "combine": "combined summary_of",
}

__getattr__ = lazy_names(__name__, _HOMES)

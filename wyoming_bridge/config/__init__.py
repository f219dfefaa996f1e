"""The configuration: what can be set, and how it is read.

``file`` is not imported here: its libraries are only for whoever has a file. Nor are ``profile``
and ``tokens``: who makes profiles of his own, as Home Assistant does, reads no keys.
"""

from ..access import Access
from .values import (
    ACCESS_TOKEN_VARIABLE,
    DEFAULT_ADDRESS,
    LOCAL,
    TOKEN_VARIABLE,
    Address,
    Config,
    LocalBackend,
    Profile,
)

__all__ = [
    "ACCESS_TOKEN_VARIABLE",
    "DEFAULT_ADDRESS",
    "LOCAL",
    "TOKEN_VARIABLE",
    "Access",
    "Address",
    "Config",
    "LocalBackend",
    "Profile",
]

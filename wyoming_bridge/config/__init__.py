"""The configuration: what can be set, and how it is read.

``file`` is not imported here: its libraries are only for whoever has a file.
"""

from ..access import Access
from .profile import single_profile
from .tokens import access_token
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
    "access_token",
    "single_profile",
]

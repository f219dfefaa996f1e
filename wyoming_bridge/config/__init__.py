"""The configuration: what can be set, and how it is read.

``file`` is not imported here: its libraries are only for whoever has a file.
"""

from .profile import single_profile
from .values import (
    DEFAULT_ADDRESS,
    LOCAL,
    TOKEN_VARIABLE,
    Address,
    Config,
    LocalBackend,
    Profile,
)

__all__ = [
    "DEFAULT_ADDRESS",
    "LOCAL",
    "TOKEN_VARIABLE",
    "Address",
    "Config",
    "LocalBackend",
    "Profile",
    "single_profile",
]

"""The configuration: what can be set, and how it is read."""

from .load import load_config, single_profile
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
    "load_config",
    "single_profile",
]

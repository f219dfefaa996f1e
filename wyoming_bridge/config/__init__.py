"""The configuration: its values, and how they are read.

This module does not import ``file``, which loads libraries that only a configuration file needs. It
does not import ``profile`` and ``tokens`` either. Code that builds its own profiles, such as the
Home Assistant integration, does not need them.
"""

from ..access import Access
from .address import DEFAULT_ADDRESS, Address
from .values import (
    ACCESS_TOKEN_VARIABLE,
    LOCAL,
    TOKEN_VARIABLE,
    Config,
    LocalBackend,
    Profile,
    SendsChunks,
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
    "SendsChunks",
]

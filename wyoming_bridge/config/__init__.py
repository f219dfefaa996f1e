"""The configuration: its values, and how they are read.

This module does not import ``file``, whose libraries only a configuration file needs. Nor does
it import ``profile`` and ``tokens``, which a program that builds its own profiles does not need,
such as the Home Assistant integration.
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

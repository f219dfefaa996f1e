"""The version. It is a constant because a copy in Home Assistant has no package metadata."""

__all__ = ["VERSION"]

VERSION = "0.1.0"

"""The version as a constant: a copy inside Home Assistant has no package metadata."""

__all__ = ["VERSION"]

VERSION = "0.1.0"

"""The version, without the package metadata that a copy inside Home Assistant lacks."""

__all__ = ["VERSION"]

VERSION = "0.1.0"

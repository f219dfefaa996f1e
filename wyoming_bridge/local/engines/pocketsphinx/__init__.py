"""Offline English recognition with PocketSphinx."""

from .engine import PocketsphinxEngine

__all__ = ["PocketsphinxEngine"]

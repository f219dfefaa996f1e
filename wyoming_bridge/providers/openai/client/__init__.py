"""The bridge's end of a session."""

from .client import OpenAIClient

__all__ = ["OpenAIClient"]

"""The bridge's side of a session with OpenAI or a compatible server."""

from .client import OpenAIClient

__all__ = ["OpenAIClient"]

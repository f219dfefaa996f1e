"""OpenAI's and vLLM's sides of a session, as the local realtime server implements them."""

from .ga import OpenAIServer
from .session import SessionSetup
from .upload import OpenAIUpload
from .vllm import VllmServer

__all__ = ["OpenAIServer", "OpenAIUpload", "SessionSetup", "VllmServer"]

"""The servers' ends of a session."""

from .ga import OpenAIServer
from .session import SessionSetup
from .upload import OpenAIUpload
from .vllm import VllmServer

__all__ = ["OpenAIServer", "OpenAIUpload", "SessionSetup", "VllmServer"]

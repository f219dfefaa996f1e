"""What the dialects of the protocol have in common: a name, a path and an audio format."""

from enum import StrEnum
from typing import Final

from ...audio import AudioFormat, Encoding

__all__ = ["PATH", "PROVIDER", "DialectName", "pcm"]

PROVIDER: Final = "openai"

PATH: Final = "/v1/realtime"


class DialectName(StrEnum):
    """The dialects of the protocol."""

    GA = "ga"
    """OpenAI's "general availability" protocol, which Azure, NVIDIA Dynamo and API gateways speak
    too."""
    VLLM = "vllm"
    SPEACHES = "speaches"
    LOCALAI = "localai"
    NIM = "nim"
    """NVIDIA's NIM and Riva."""


def pcm(rate_hz: int) -> AudioFormat:
    """Return the format of 16-bit mono PCM."""
    return AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=rate_hz, channels=1)

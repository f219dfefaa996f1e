"""What the dialects of the protocol share: a name, a path, types of messages, an audio format."""

from enum import StrEnum
from typing import Final

from ...audio import AudioFormat, Encoding

__all__ = ["PATH", "PROVIDER", "DialectName", "EventType", "pcm"]

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


class EventType(StrEnum):
    """The ``type`` of a server's message."""

    SESSION_CREATED = "session.created"
    SESSION_UPDATED = "session.updated"
    CONVERSATION_CREATED = "conversation.created"
    """The first message of NIM."""
    TRANSCRIPTION_SESSION_UPDATED = "transcription_session.updated"
    """NIM's name for ``session.updated``."""
    COMMITTED = "input_audio_buffer.committed"
    SPEECH_STARTED = "input_audio_buffer.speech_started"
    SPEECH_STOPPED = "input_audio_buffer.speech_stopped"
    DELTA = "conversation.item.input_audio_transcription.delta"
    COMPLETED = "conversation.item.input_audio_transcription.completed"
    FAILED = "conversation.item.input_audio_transcription.failed"
    TRANSCRIPTION_DELTA = "transcription.delta"
    """vLLM's name for a delta."""
    TRANSCRIPTION_DONE = "transcription.done"
    """vLLM's name for a completed transcription."""
    ERROR = "error"


def pcm(rate_hz: int) -> AudioFormat:
    """Return the format of 16-bit mono PCM."""
    return AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=rate_hz, channels=1)

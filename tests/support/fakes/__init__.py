"""Fakes of the services, written only from the services' own documentation.

The fakes share no code with the package. ``speech`` encodes each word in the audio samples, so the
transcript of a session shows whether audio was lost or repeated.
"""

from .audio import VOCABULARY, noise, silence, speech
from .elevenlabs import ElevenLabsFake
from .faults import Close, Faults, Outage, Refusal
from .openai import OpenAIFake, VllmFake
from .reson8 import Reson8Fake
from .scriptix import ScriptixFake
from .service import FakeService
from .session import Record

__all__ = [
    "VOCABULARY",
    "Close",
    "ElevenLabsFake",
    "FakeService",
    "Faults",
    "OpenAIFake",
    "Outage",
    "Record",
    "Refusal",
    "Reson8Fake",
    "ScriptixFake",
    "VllmFake",
    "noise",
    "silence",
    "speech",
]

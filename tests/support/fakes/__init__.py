"""Fakes of the services, written from the services' own texts alone.

They share no code with the package. What they recognise is in the samples of the audio that
``speech`` makes, so a word that a session loses or doubles is lost or doubled in its transcript.
"""

from .audio import VOCABULARY, noise, silence, speech
from .elevenlabs import ElevenLabsFake
from .reson8 import Reson8Fake
from .scriptix import ScriptixFake
from .service import Close, FakeService, Faults, Outage, Record, Refusal

__all__ = [
    "VOCABULARY",
    "Close",
    "ElevenLabsFake",
    "FakeService",
    "Faults",
    "Outage",
    "Record",
    "Refusal",
    "Reson8Fake",
    "ScriptixFake",
    "noise",
    "silence",
    "speech",
]

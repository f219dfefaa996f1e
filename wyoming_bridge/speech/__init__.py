"""Voice activity: whether somebody speaks, since when, until when. It counts samples, not time."""

from .endpointer import Endpointer, SpeechEnded, SpeechEvent, SpeechStarted
from .vad import FRAME_MS, MicroVadDetector, VoiceDetector, new_detector

__all__ = [
    "FRAME_MS",
    "Endpointer",
    "MicroVadDetector",
    "SpeechEnded",
    "SpeechEvent",
    "SpeechStarted",
    "VoiceDetector",
    "new_detector",
]

"""Voice activity: whether somebody speaks, since when, until when. It counts samples, not time."""

from .endpointer import Endpointer, SpeechEnded, SpeechEvent, SpeechStarted
from .vad import FRAME_MS, Frame, MicroVadDetector, VoiceDetector, new_detector

__all__ = [
    "FRAME_MS",
    "Endpointer",
    "Frame",
    "MicroVadDetector",
    "SpeechEnded",
    "SpeechEvent",
    "SpeechStarted",
    "VoiceDetector",
    "new_detector",
]

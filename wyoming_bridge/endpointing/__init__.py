"""Finds the end of an utterance.

The package is pure: it does no I/O and has no clock. It counts samples instead.
"""

from .segmenter import Segmenter, SpeechEnded, SpeechEvent, SpeechStarted
from .settings import RECORDING, ConnectPolicy, Endpointing, EndpointSource, Sensitivity
from .tuning import DEFAULT_TUNING, FRAME_MS, Tuning
from .turn import Ending, Turn
from .vad import DetectorFactory, Frame, MicroVadDetector, VoiceDetector, new_detector

__all__ = [
    "DEFAULT_TUNING",
    "FRAME_MS",
    "RECORDING",
    "ConnectPolicy",
    "DetectorFactory",
    "Ending",
    "EndpointSource",
    "Endpointing",
    "Frame",
    "MicroVadDetector",
    "Segmenter",
    "Sensitivity",
    "SpeechEnded",
    "SpeechEvent",
    "SpeechStarted",
    "Tuning",
    "Turn",
    "VoiceDetector",
    "new_detector",
]

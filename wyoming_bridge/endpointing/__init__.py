"""Finds the end of an utterance.

The package is pure: it does no I/O and has no clock. It counts samples instead.
"""

from .client_values import with_client_values
from .endpoint import CLIENT_ENDED, Ending, Endpoint, SilenceRule
from .segmenter import Segmenter, SpeechEnded, SpeechEvent, SpeechStarted
from .sensitivity import Sensitivity, with_sensitivity
from .settings import RECORDING, ConnectPolicy, Endpointing, EndpointSource
from .tuning import DEFAULT_TUNING, FRAME_MS, Tuning
from .turn import Turn
from .vad import DetectorFactory, Frame, MicroVadDetector, VoiceDetector, new_detector

__all__ = [
    "CLIENT_ENDED",
    "DEFAULT_TUNING",
    "FRAME_MS",
    "RECORDING",
    "ConnectPolicy",
    "DetectorFactory",
    "Ending",
    "Endpoint",
    "EndpointSource",
    "Endpointing",
    "Frame",
    "MicroVadDetector",
    "Segmenter",
    "Sensitivity",
    "SilenceRule",
    "SpeechEnded",
    "SpeechEvent",
    "SpeechStarted",
    "Tuning",
    "Turn",
    "VoiceDetector",
    "new_detector",
    "with_client_values",
    "with_sensitivity",
]

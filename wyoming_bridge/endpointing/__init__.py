"""Is the speaker done? The endpoint of an utterance, found by counting samples, without a clock."""

from .segmenter import Segmenter, SpeechEnded, SpeechEvent, SpeechStarted
from .settings import RECORDING, ConnectPolicy, Endpointing, EndpointSource, Sensitivity
from .turn import Ending, Turn
from .vad import FRAME_MS, Frame, MicroVadDetector, VoiceDetector, new_detector

__all__ = [
    "FRAME_MS",
    "RECORDING",
    "ConnectPolicy",
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
    "Turn",
    "VoiceDetector",
    "new_detector",
]

"""Observers of an utterance do not slow down its audio."""

from wyoming_bridge.transcriber.observed import DetailedRecognition, ObservedRecognition
from wyoming_bridge.transcriber.recognition import Recognition


def test_audio_does_not_pass_through_observers_that_want_no_details() -> None:
    """Audio arrives up to 100 times per second, so one more call per chunk is too much."""
    assert ObservedRecognition.feed is Recognition.feed
    assert DetailedRecognition.feed is not Recognition.feed

"""A final whose speaker is known."""

from wyoming_bridge.events import FinalText, Word

__all__ = ["ANN"]

ANN = FinalText(
    text="call Ben",
    words=(
        Word(text="call", start_ms=0, end_ms=200, confidence=1.0),
        Word(text="Ben", start_ms=200, end_ms=400, confidence=1.0),
    ),
    start_ms=0,
    end_ms=400,
    speaker="Ann",
)

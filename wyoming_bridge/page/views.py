"""Turns utterances into the JSON values that the page gets."""

from ..recorder import Recording
from .levels import Levels

__all__ = ["outcome_of", "summary_of", "view_of"]


def view_of(recording: Recording, levels: Levels) -> dict[str, object]:
    """Return everything about an utterance, under way or over."""
    return {
        **summary_of(recording),
        "events": [each.to_data() for each in recording.events],
        "levels": levels.to_data(),
    }


def summary_of(recording: Recording) -> dict[str, object]:
    """Return what a list shows about an utterance."""
    return {
        "id": recording.id,
        "began_at": recording.began_at.isoformat(timespec="milliseconds"),
        "profile": recording.profile,
        "provider": recording.provider,
        "client": recording.client,
        "via": recording.via,
        "requested": recording.requested,
        "truth": recording.truth,
        **outcome_of(recording),
    }


def outcome_of(recording: Recording) -> dict[str, object]:
    """Return how an utterance ended, or that it is still under way."""
    return {
        "is_over": recording.is_over,
        "audio_ms": round(recording.audio_ms),
        "text": recording.text,
        "error": recording.error,
        "why_ended": recording.why_ended,
    }

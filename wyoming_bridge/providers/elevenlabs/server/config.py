"""The configuration of a session, as ``session_started`` reports it."""

from typing import Final

from ....audio import AudioFormat, Encoding
from ..query import SessionQuery

__all__ = ["AUDIO_FORMATS", "config_of"]

AUDIO_FORMATS: Final = {
    **{
        f"pcm_{rate}": AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=rate, channels=1)
        for rate in (8000, 16000, 22050, 24000, 44100, 48000)
    },
    "ulaw_8000": AudioFormat(encoding=Encoding.MULAW, sample_rate_hz=8000, channels=1),
}
"""The values of ``audio_format`` in the service's client library. PCM is s16le mono."""


def config_of(query: SessionQuery) -> dict[str, object]:
    """Return the configuration of a session.

    It has keys of the service's client library, and keys that were observed.
    """
    settings = query.settings
    return {
        "sample_rate": AUDIO_FORMATS[query.audio_format].sample_rate_hz,
        "audio_format": query.audio_format,
        "language_code": settings.language,
        "secondary_languages": list(settings.secondary_languages),
        "timestamps_granularity": "word",
        "commit_strategy": settings.commit_strategy,
        "vad_commit_strategy": settings.commit_strategy == "vad",
        "vad_silence_threshold_secs": settings.vad_silence_threshold_secs,
        "vad_threshold": settings.vad_threshold,
        "min_speech_duration_ms": settings.min_speech_duration_ms,
        "min_silence_duration_ms": settings.min_silence_duration_ms,
        "max_tokens_to_recompute": 5,
        "model_id": settings.model,
        "enable_logging": settings.enable_logging,
        "disable_logging": not settings.enable_logging,
        "include_timestamps": settings.include_timestamps,
        "include_language_detection": settings.include_language_detection,
        "keyterms": list(settings.keyterms),
        "no_verbatim": settings.no_verbatim,
        "entity_detection": list(settings.entity_detection) or None,
        "filter_background_audio": settings.filter_background_audio,
    }

"""Reads the query parameters of a request to Reson8. ``written_query`` writes them."""

from dataclasses import dataclass
from typing import Final

from ...audio import AudioFormat, Encoding
from ...audio.format import MAX_CHANNELS, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ
from ...errors import did_you_mean
from ...media.container import Container
from ...options import shown
from ..server_request import ServerRequest
from .settings import (
    FILLER_MODES,
    LANGUAGES,
    MAX_PATTERNS,
    MAX_PHRASES,
    MAX_SPEAKERS,
    wrong_pattern,
)

__all__ = ["SessionQuery", "patterns_problem", "read_query"]

_ENCODINGS: Final = {
    "auto": Encoding.PCM_S16LE,
    "pcm_s16le": Encoding.PCM_S16LE,
    "mulaw": Encoding.MULAW,
    "alaw": Encoding.ALAW,
}
"""The values of ``encoding``. The last two are only in a newer version of the documentation."""

_AUTO_CONTAINERS: Final = frozenset({Container.WAV, Container.OGG, Container.FLAC, Container.WEBM})
"""The containers that ``auto`` detects. Other audio counts as raw PCM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionQuery:
    """The parameters of a session that a client requests."""

    audio_format: AudioFormat
    containers: frozenset[Container] = frozenset()
    """The containers that the audio may be in. Audio without one is in ``audio_format``."""
    custom_model_id: str | None = None
    languages: tuple[str, ...] = ()
    """The languages that may be spoken. If empty, the service decides."""
    phrases: tuple[str, ...] = ()
    """The phrases that the service favours; empty if the strength is 0."""
    max_speakers: int = MAX_SPEAKERS
    include_timestamps: bool = False
    include_words: bool = False
    include_confidence: bool = False
    include_interim: bool = False
    include_language: bool = False
    diarize: bool = False


def patterns_problem(request: ServerRequest) -> str:
    """Return what is wrong with the patterns of a request; empty if they are valid."""
    patterns = request.listed("patterns")
    if len(patterns) > MAX_PATTERNS:
        return f"patterns: must have at most {MAX_PATTERNS} entries, got {len(patterns)}"
    wrong = wrong_pattern(patterns)
    if wrong is None:
        return ""
    index, reason = wrong
    return f"patterns: entry {index + 1} {reason}"


def read_query(request: ServerRequest) -> SessionQuery:
    """Read the parameters of a request. Unknown parameters are ignored.

    ``filler_mode`` and ``patterns`` are checked but have no effect, because the engines of the
    local server do not support them.

    Raises:
        ValueError: A parameter is invalid; the message names it and what is allowed.
    """
    encoding = request.choice("encoding", "auto", tuple(_ENCODINGS))
    request.choice("filler_mode", "natural", FILLER_MODES)
    problem = patterns_problem(request) if request.problem is None else request.problem
    if problem:
        raise ValueError(problem)
    phrases = request.listed("phrases")
    if len(phrases) > MAX_PHRASES:
        raise ValueError(f"phrases: must have at most {MAX_PHRASES} entries, got {len(phrases)}")
    return SessionQuery(
        audio_format=AudioFormat(
            encoding=_ENCODINGS[encoding],
            sample_rate_hz=request.whole(
                "sample_rate", 16000, minimum=MIN_SAMPLE_RATE_HZ, maximum=MAX_SAMPLE_RATE_HZ
            ),
            channels=request.whole("channels", 1, minimum=1, maximum=MAX_CHANNELS),
        ),
        containers=_AUTO_CONTAINERS if encoding == "auto" else frozenset(),
        custom_model_id=request.first("custom_model_id") or None,
        languages=_languages(request),
        phrases=phrases if request.number("bias_strength", 1, minimum=0) else (),
        max_speakers=request.whole("max_speakers", MAX_SPEAKERS, minimum=1, maximum=MAX_SPEAKERS),
        include_timestamps=request.flag("include_timestamps"),
        include_words=request.flag("include_words"),
        include_confidence=request.flag("include_confidence"),
        include_interim=request.flag("include_interim"),
        include_language=request.flag("include_language"),
        diarize=request.flag("diarize"),
    )


def _languages(request: ServerRequest) -> tuple[str, ...]:
    languages = tuple(each.lower() for each in request.listed("language"))
    if unknown := set(languages) - set(LANGUAGES):
        wrong = min(unknown)
        raise ValueError(
            f"language: must be one or several of {', '.join(LANGUAGES)}, got {shown(wrong)}"
            f"{did_you_mean(wrong, LANGUAGES)}"
        )
    return languages

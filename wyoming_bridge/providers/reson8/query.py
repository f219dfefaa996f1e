"""Reson8's query parameters, for both ends: written from settings, and read by our server."""

import re
from dataclasses import dataclass
from typing import Final

from ...audio import AudioFormat, Encoding
from ...audio.format import MAX_CHANNELS, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ
from ...media.container import Container
from ..contract import SERVICE_FORMAT
from ..serving import ServerRequest
from .settings import CAPABILITIES, FILLER_MODES, MAX_PHRASES, MAX_SPEAKERS, Reson8Settings

__all__ = ["SessionQuery", "read_query", "write_query"]

_ENCODINGS: Final = {
    "auto": Encoding.PCM_S16LE,
    "pcm_s16le": Encoding.PCM_S16LE,
    "mulaw": Encoding.MULAW,
    "alaw": Encoding.ALAW,
}
"""``auto`` takes a container, or raw audio of the given rate and channels. The first two are on the
service's page, the others in its newer documentation."""

_CONTAINERS: Final = frozenset({Container.WAV, Container.OGG, Container.FLAC, Container.WEBM})


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionQuery:
    """What a client asked for."""

    audio_format: AudioFormat
    containers: frozenset[Container]
    custom_model_id: str | None
    languages: tuple[str, ...]
    phrases: tuple[str, ...]
    include_timestamps: bool
    include_words: bool
    include_confidence: bool
    include_interim: bool
    include_language: bool
    diarize: bool


def write_query(settings: Reson8Settings) -> dict[str, str]:
    """The parameters of a session."""
    query = {
        "encoding": SERVICE_FORMAT.encoding.value,
        "sample_rate": str(SERVICE_FORMAT.sample_rate_hz),
        "channels": str(SERVICE_FORMAT.channels),
        "include_interim": "true",
        "include_timestamps": "true",
        "include_words": "true",
        "include_confidence": "true",
    }
    if settings.base_language:
        query["language"] = settings.base_language
    else:
        query["include_language"] = "true"
    if settings.custom_model_id:
        query["custom_model_id"] = settings.custom_model_id
    if settings.phrases:
        query["phrases"] = ",".join(settings.phrases)
        query["bias_strength"] = f"{settings.bias_strength:g}"
    if settings.filler_mode:
        query["filler_mode"] = settings.filler_mode
    if settings.diarize:
        query["diarize"] = "true"
        query["max_speakers"] = str(settings.max_speakers)
    return query


def read_query(request: ServerRequest) -> SessionQuery:
    """Read the parameters; those that are not known are passed over.

    Raises:
        ValueError: One is not allowed; the message names it and what is allowed.
    """
    encoding = request.choice("encoding", "auto", tuple(_ENCODINGS))
    audio_format = AudioFormat(
        encoding=_ENCODINGS[encoding],
        sample_rate_hz=request.whole(
            "sample_rate", 16000, minimum=MIN_SAMPLE_RATE_HZ, maximum=MAX_SAMPLE_RATE_HZ
        ),
        channels=request.whole("channels", 1, minimum=1, maximum=MAX_CHANNELS),
    )
    languages = _listed(request, "language")
    if not set(languages) <= set(CAPABILITIES.languages):
        raise ValueError(f"language: allowed are {', '.join(CAPABILITIES.languages)}")
    phrases = _listed(request, "phrases")
    if len(phrases) > MAX_PHRASES:
        raise ValueError(f"phrases: allowed are at most {MAX_PHRASES}")
    _check_others(request)
    return SessionQuery(
        audio_format=audio_format,
        containers=_CONTAINERS if encoding == "auto" else frozenset(),
        custom_model_id=request.first("custom_model_id") or None,
        languages=languages,
        phrases=phrases,
        include_timestamps=request.flag("include_timestamps"),
        include_words=request.flag("include_words"),
        include_confidence=request.flag("include_confidence"),
        include_interim=request.flag("include_interim"),
        include_language=request.flag("include_language"),
        diarize=request.flag("diarize"),
    )


def _check_others(request: ServerRequest) -> None:
    """What our engines cannot do anything with has to be right all the same.

    Raises:
        ValueError: One is not allowed.
    """
    request.whole("max_speakers", 1, minimum=1, maximum=MAX_SPEAKERS)
    request.number("bias_strength", 1.0, minimum=0, maximum=float("inf"))
    request.choice("filler_mode", FILLER_MODES[0], FILLER_MODES)
    for pattern in _listed(request, "patterns"):
        try:
            re.compile(pattern)
        except re.error as err:
            raise ValueError(f"patterns: {pattern!r} is no regular expression") from err


def _listed(request: ServerRequest, name: str) -> tuple[str, ...]:
    entries = (each.strip() for each in (request.first(name) or "").split(","))
    return tuple(each for each in entries if each)

"""The configuration of a session, as a client requests it with ``session.update``."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from ....audio import AudioFormat, Encoding
from ....errors import ProtocolViolationError
from ....json_fields import JsonFields
from ....options import shown
from ..protocol import PROVIDER
from ..service import (
    DEFAULT_MODEL,
    EAGERNESS_MS,
    MAX_KEYWORDS,
    MAX_VAD_SILENCE_MS,
    MIN_VAD_SILENCE_MS,
    VAD_SILENCE_MS,
    VAD_THRESHOLD,
)

__all__ = ["SessionConfig", "TurnDetection", "described", "read_config"]

_G711_HZ: Final = 8000
_G711: Final = {"audio/pcmu": Encoding.MULAW, "audio/pcma": Encoding.ALAW}

_LOGPROBS: Final = "item.input_audio_transcription.logprobs"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnDetection:
    """How the server ends segments itself."""

    silence_ms: int = VAD_SILENCE_MS
    threshold: float = VAD_THRESHOLD
    """Probability from which audio counts as speech. With ``semantic_vad`` it cannot be set."""
    fields: Mapping[str, object]
    """The object ``turn_detection`` as the client sent it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig:
    """The configuration of a session."""

    audio_format: AudioFormat
    model: str = DEFAULT_MODEL
    languages: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    prompt: str | None = None
    turn_detection: TurnDetection | None = None
    logprobs: bool = False


def described(config: SessionConfig, *, session_id: str) -> Mapping[str, object]:
    """Return the session object of ``session.created`` and ``session.updated``."""
    transcription: dict[str, object] = {"model": config.model}
    if config.languages:
        transcription["languages"] = list(config.languages)
    if config.keywords:
        transcription["keywords"] = list(config.keywords)
    if config.prompt:
        transcription["prompt"] = config.prompt
    detection = config.turn_detection
    return {
        "type": "transcription",
        "object": "realtime.transcription_session",
        "id": session_id,
        "audio": {
            "input": {
                "format": _format_fields(config.audio_format),
                "transcription": transcription,
                "noise_reduction": None,
                "turn_detection": detection.fields if detection else None,
            }
        },
        "include": [_LOGPROBS] if config.logprobs else None,
    }


def read_config(
    session: Mapping[str, object] | None, *, before: SessionConfig, pcm: AudioFormat
) -> SessionConfig:
    """Return the configuration after a ``session.update``.

    A missing field keeps its value. ``model``, ``format`` and ``transcription`` also keep their
    values if they are null. Any other field that is null or empty is cleared.

    ``pcm`` is the only format that ``audio/pcm`` can have. ``noise_reduction`` and ``delay`` are
    ignored.

    Raises:
        ProtocolViolationError: A field is invalid; the text names it and what is allowed.
    """
    fields = JsonFields(session or {}, provider=PROVIDER)
    kind = fields.optional_text("type")
    if kind != "transcription":
        raise _invalid("session.type", "transcription", kind)
    audio_input = fields.inner("audio").inner("input")
    config = before
    if "format" in audio_input:
        audio_format = _read_format(audio_input.inner("format"), pcm=pcm)
        config = replace(config, audio_format=audio_format)
    if "transcription" in audio_input:
        config = _with_transcription(config, audio_input.inner("transcription"))
    if "turn_detection" in audio_input.values:
        detection = (
            _read_detection(audio_input.inner("turn_detection"))
            if "turn_detection" in audio_input
            else None
        )
        config = replace(config, turn_detection=detection)
    if "include" in fields.values:
        included = fields.array("include")
        unknown = next((each for each in included if each != _LOGPROBS), None)
        if unknown is not None:
            raise _invalid("session.include", _LOGPROBS, unknown)
        config = replace(config, logprobs=bool(included))
    return config


def _read_format(fields: JsonFields, *, pcm: AudioFormat) -> AudioFormat:
    kind = fields.optional_text("type")
    if kind in _G711:
        return AudioFormat(encoding=_G711[kind], sample_rate_hz=_G711_HZ, channels=1)
    if kind != "audio/pcm":
        raise _invalid("format.type", f"audio/pcm or {' or '.join(_G711)}", kind)
    rate_hz = fields.optional_whole("rate")
    if rate_hz not in {None, pcm.sample_rate_hz}:
        raise _invalid("format.rate", str(pcm.sample_rate_hz), rate_hz)
    return pcm


def _format_fields(audio_format: AudioFormat) -> Mapping[str, object]:
    names = {encoding: name for name, encoding in _G711.items()}
    name = names.get(audio_format.encoding)
    return {"type": name} if name else {"type": "audio/pcm", "rate": audio_format.sample_rate_hz}


def _with_transcription(config: SessionConfig, fields: JsonFields) -> SessionConfig:
    languages, keywords, prompt = config.languages, config.keywords, config.prompt
    if "languages" in fields.values:
        languages = _texts(fields, "languages")
    elif "language" in fields.values:
        language = fields.optional_text("language")
        languages = (language,) if language else ()
    if "keywords" in fields.values:
        keywords = _texts(fields, "keywords")
    if "prompt" in fields.values:
        prompt = fields.optional_text("prompt")
    if len(keywords) > MAX_KEYWORDS:
        raise _invalid("transcription.keywords", f"at most {MAX_KEYWORDS} entries", len(keywords))
    return replace(
        config,
        model=fields.optional_text("model") or config.model,
        languages=languages,
        keywords=keywords,
        prompt=prompt,
    )


def _texts(fields: JsonFields, name: str) -> tuple[str, ...]:
    entries = fields.array(name)
    texts = tuple(entry for entry in entries if isinstance(entry, str))
    if len(texts) < len(entries):
        raise ProtocolViolationError(f"transcription.{name} must be a list of texts")
    return texts


def _read_detection(fields: JsonFields) -> TurnDetection:
    match fields.optional_text("type"):
        case "server_vad":
            silence_ms = fields.optional_whole("silence_duration_ms")
            threshold = fields.optional_number("threshold")
            return TurnDetection(
                silence_ms=VAD_SILENCE_MS if silence_ms is None else _limited(silence_ms),
                threshold=VAD_THRESHOLD if threshold is None else _probability(threshold),
                fields=fields.values,
            )
        case "semantic_vad":
            eagerness = fields.optional_text("eagerness") or "auto"
            if eagerness not in EAGERNESS_MS:
                raise _invalid("turn_detection.eagerness", " or ".join(EAGERNESS_MS), eagerness)
            # Only silence counts, because the local server has no model that judges whether a
            # sentence is complete.
            return TurnDetection(silence_ms=EAGERNESS_MS[eagerness], fields=fields.values)
        case kind:
            raise _invalid("turn_detection.type", "server_vad or semantic_vad", kind)


def _limited(silence_ms: int) -> int:
    if not MIN_VAD_SILENCE_MS <= silence_ms <= MAX_VAD_SILENCE_MS:
        allowed = f"{MIN_VAD_SILENCE_MS} to {MAX_VAD_SILENCE_MS}"
        raise _invalid("turn_detection.silence_duration_ms", allowed, silence_ms)
    return silence_ms


def _probability(threshold: float) -> float:
    if not 0 <= threshold <= 1:
        raise _invalid("turn_detection.threshold", "0 to 1", threshold)
    return threshold


def _invalid(name: str, allowed: str, got: object) -> ProtocolViolationError:
    return ProtocolViolationError(f"{name}: must be {allowed}, got {shown(got)}", provider=PROVIDER)

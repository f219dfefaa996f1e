"""ElevenLabs' query parameters. The client writes them, and the server reads them.

``ElevenLabsSettings`` declares the allowed values of a parameter.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Final

from ...errors import ConfigError
from ...options import options_of, shown
from ..server_request import ServerRequest
from .settings import ElevenLabsSettings

__all__ = ["AUDIO_FORMAT", "SessionQuery", "read_query", "write_query"]

AUDIO_FORMAT: Final = "pcm_16000"
"""The format of the bridge's audio, and the service's default."""

_SAME_NAME: Final = (
    "include_timestamps",
    "include_language_detection",
    "keyterms",
    "no_verbatim",
    "enable_logging",
    "secondary_languages",
    "commit_strategy",
    "vad_silence_threshold_secs",
    "vad_threshold",
    "min_speech_duration_ms",
    "min_silence_duration_ms",
    "filter_background_audio",
    "diarize",
    "entity_detection",
    "entity_redaction",
    "entity_redaction_mode",
    "transcript_edit",
)
"""The settings whose parameters have the same name: all except ``model`` and ``language``."""

_SERVICE_DEFAULTS: Final[dict[str, object]] = {"include_timestamps": False}
"""The service's defaults that differ from those of the settings."""

_SERVICE_LANGUAGES: Final = {"nb": "no", "nn": "no", "tl": "fil", "cmn": "zh"}
"""Codes of languages that users may set, and the code that the service uses instead."""

_RANGES: Final = {
    name: (declared.minimum, declared.maximum)
    for name, declared in options_of(ElevenLabsSettings)
    if declared.minimum is not None and declared.maximum is not None
}

_Build = Callable[..., ElevenLabsSettings]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionQuery:
    """The parameters of a session that a client requests."""

    settings: ElevenLabsSettings
    """The requested settings. A missing parameter has the service's default."""
    audio_format: str


def write_query(settings: ElevenLabsSettings) -> list[tuple[str, str]]:
    """Return the parameters of a session, without optional ones that have their default value."""
    query = [
        ("model_id", settings.model),
        ("audio_format", AUDIO_FORMAT),
        ("commit_strategy", settings.commit_strategy),
    ]
    language = settings.base_language
    if language:
        # The region is left out, because the service never answered a session with a region.
        query.append(("language_code", _SERVICE_LANGUAGES.get(language, language)))
    for name, default in _defaults():
        value = getattr(settings, name)
        if name == "include_language_detection":
            value = value or settings.base_language is None
        if value == default or name == "commit_strategy":
            continue
        values = value if isinstance(value, tuple) else (value,)
        query += [(name, _written(each)) for each in values]
    return query


def read_query(request: ServerRequest, *, audio_formats: tuple[str, ...]) -> SessionQuery:
    """Read the parameters of a request. Unknown parameters are ignored.

    Raises:
        ValueError: A parameter is missing or invalid; the message names it and what is allowed.
    """
    model = request.first("model_id")
    if not model:
        raise ValueError("model_id is required")
    values: dict[str, object] = {"model": model, "language": _language(request)}
    for name, default in _defaults():
        match default:
            case bool():
                values[name] = request.flag(name, default=default)
            case int() | float():
                values[name] = _number(request, name, default)
            case tuple():
                values[name] = tuple(request.query.get(name, ()))
            case _:
                values[name] = request.first(name) or default
    build: _Build = ElevenLabsSettings
    try:
        settings = build(**values)
    except ConfigError as err:
        raise ValueError(err.message) from err
    return SessionQuery(
        settings=settings,
        audio_format=request.choice("audio_format", AUDIO_FORMAT, audio_formats),
    )


def _language(request: ServerRequest) -> str | None:
    """Return the language of a request, or None.

    Raises:
        ValueError: The parameter is not a language code.
    """
    language = request.first("language_code")
    if not language:
        return None
    try:
        ElevenLabsSettings(language=language)
    except ConfigError as err:
        raise ValueError(
            f"language_code: must be a code of ISO 639, such as nl or nld, got {shown(language)}"
        ) from err
    return language


def _defaults() -> Iterator[tuple[str, object]]:
    """Yield each parameter with the service's default."""
    ours = {each.name: each.default for each in fields(ElevenLabsSettings)}
    for name in _SAME_NAME:
        yield name, _SERVICE_DEFAULTS.get(name, ours[name])


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(request: ServerRequest, name: str, default: float) -> float:
    """Return a number within its range. It must be a whole number if the default is one."""
    minimum, maximum = _RANGES[name]
    if isinstance(default, int):
        return request.whole(name, default, minimum=int(minimum), maximum=int(maximum))
    return request.number(name, default, minimum=minimum, maximum=maximum)

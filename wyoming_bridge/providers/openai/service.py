"""OpenAI's own service: its models, its languages, its limits and its defaults.

The facts are from the types of OpenAI's client library, version 3.57.0, and from OpenAI's guide to
realtime transcription.
"""

from typing import Final

from ...capabilities import Capabilities

__all__ = [
    "CAPABILITIES",
    "DEFAULT_MODEL",
    "EAGERNESS_MS",
    "KEYWORD_MODELS",
    "LANGUAGES",
    "MAX_KEYWORDS",
    "MAX_VAD_SILENCE_MS",
    "MIN_VAD_SILENCE_MS",
    "MODELS",
    "MODELS_WITHOUT_VAD",
    "RETIRED_MODELS",
    "RETIRED_ON",
    "VAD_PREFIX_MS",
    "VAD_SILENCE_MS",
    "VAD_THRESHOLD",
    "WHISPER_MODEL",
]

DEFAULT_MODEL: Final = "gpt-live-transcribe"
"""The model for live audio, from OpenAI's guide."""

KEYWORD_MODELS: Final = frozenset({"gpt-transcribe", "gpt-live-transcribe"})
"""The models of OpenAI that accept keywords and several languages."""

WHISPER_MODEL: Final = "gpt-realtime-whisper"
"""The only model of OpenAI with ``delay``. It accepts no prompt."""

MODELS: Final = (DEFAULT_MODEL, "gpt-transcribe", WHISPER_MODEL)
"""The models of OpenAI for live audio that are not retired, from OpenAI's guide."""

MODELS_WITHOUT_VAD: Final = frozenset({DEFAULT_MODEL, WHISPER_MODEL})
"""The models of OpenAI that refuse turn detection."""

RETIRED_MODELS: Final = frozenset(
    {
        "whisper-1",
        "gpt-4o-transcribe",
        "gpt-4o-transcribe-diarize",
        "gpt-4o-mini-transcribe",
        "gpt-4o-mini-transcribe-2025-12-15",
    }
)
RETIRED_ON: Final = "2027-02-26"
"""The models that OpenAI shuts down, and the date, from OpenAI's client library."""

MAX_KEYWORDS: Final = 100
"""The service documents no limit. This one is the bridge's."""

VAD_SILENCE_MS: Final = 500
VAD_PREFIX_MS: Final = 300
VAD_THRESHOLD: Final = 0.5
"""The defaults of ``server_vad``, from OpenAI's types."""

EAGERNESS_MS: Final = {"low": 8000, "medium": 4000, "auto": 4000, "high": 2000}
"""The longest silence in a segment of ``semantic_vad`` for each eagerness, from OpenAI's types.
LocalAI, revision 9d896a3, has the same values in its code."""

MIN_VAD_SILENCE_MS: Final = 100
MAX_VAD_SILENCE_MS: Final = 10_000
"""The service documents no limits. These are the bridge's."""

LANGUAGES: Final = (
    *("af", "ar", "az", "be", "bg", "bs", "ca", "cs", "cy", "da", "de", "el"),
    *("en", "es", "et", "fa", "fi", "fr", "gl", "he", "hi", "hr", "hu", "hy"),
    *("id", "is", "it", "ja", "kk", "kn", "ko", "lt", "lv", "mi", "mk", "mr"),
    *("ms", "ne", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv"),
    *("sw", "ta", "th", "tl", "tr", "uk", "ur", "vi", "zh"),
)
"""The languages in OpenAI's guide to speech to text."""


CAPABILITIES: Final = Capabilities(
    partials=True,
    flush=True,
    flush_ids=True,
    word_times=False,
    confidence=True,
    stability=False,
    speakers=False,
    server_vad=True,
    url_source=False,
    bias_terms=MAX_KEYWORDS,
    bias_characters=100,
    binary_audio=False,
    min_flush_ms=100,
    max_segment_ms=None,
    languages=LANGUAGES,
)

"""The settings of an ElevenLabs account, and the capabilities of the service."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

from ...capabilities import Capabilities
from ...errors import ConfigError, ErrorText
from ...options import option, options_of
from ..bias_terms import with_room
from ..server_vad import within_range
from ..settings import URL_DOC, Settings

__all__ = [
    "CAPABILITIES",
    "COMMIT_STRATEGIES",
    "MIN_COMMIT_MS",
    "MODELS",
    "PATH",
    "PROVIDER",
    "ElevenLabsSettings",
]

PROVIDER: Final = "elevenlabs"

COMMIT_STRATEGIES: Final = ("manual", "vad")

PATH: Final = "/v1/speech-to-text/realtime"
"""The path of the websocket, from the service's realtime page."""

MODELS: Final = (
    "scribe_v2_realtime",
    "scribe_v2_realtime_turbo",
    "scribe_v2_realtime_lite",
    "scribe_v3_live",
)
"""The first three models are from an error message of the service, the last is from its client
library."""

MIN_COMMIT_MS: Final = 300
"""The shortest audio of a commit. The service answers a shorter one with ``commit_throttled`` and
closes the websocket. Observed, not documented."""

_LANGUAGES: Final = tuple(
    """
    af am ar as ast az be bg bn bs ca ceb cs cy da de el en es et fa ff fi fil fr ga gl gu ha
    he hi hr hu hy id ig is it ja jv ka kea kk km kn ko ku ky lb lg ln lo lt luo lv mi mk ml
    mn mr ms mt my nb ne nl no nso ny oc or pa pl ps pt ro ru sd sk sl sn so sr sv sw ta te tg
    th tr uk umb ur uz vi wo xh yo yue zh zu
    """.split()  # noqa: SIM905 - a list of codes reads best as text
)
"""The languages of the service's first model, and ``yo``, which the service's documentation lists
for the second model. ``nb`` is Home Assistant's code for ``no``. The codes are ISO 639-1, or
ISO 639-3 for a language without a code in ISO 639-1."""

CAPABILITIES: Final = Capabilities(
    partials=True,
    flush=True,
    flush_ids=False,
    word_times=True,
    confidence=True,
    stability=False,
    speakers=True,
    server_vad=True,
    url_source=False,
    bias_terms=50,
    bias_characters=20,
    binary_audio=False,
    min_flush_ms=MIN_COMMIT_MS,
    # Below the 35 s of uncommitted audio at which sessions were observed to stall.
    max_segment_ms=30_000,
    languages=_LANGUAGES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElevenLabsSettings(Settings):
    """The settings of one ElevenLabs account."""

    url: str = option("wss://api.elevenlabs.io", doc=URL_DOC)
    model: str = option(
        "scribe_v2_realtime", doc="Model of the transcription.", minimum=1, suggestions=MODELS
    )
    auth: str = option(
        "api_key",
        choices=("api_key", "single_use"),
        doc="How the token is sent: as an API key in a header (`api_key`), or as a single-use "
        "token in the address (`single_use`).",
    )
    keyterms: tuple[str, ...] = option(
        (),
        doc="Terms that the model favours. They add 20 % to the service's price.",
        unit="characters",
        minimum=1,
        maximum=CAPABILITIES.bias_characters,
        max_items=CAPABILITIES.bias_terms,
    )
    no_verbatim: bool = option(False, doc="Leave out filler words, false starts and disfluencies.")
    enable_logging: bool = option(
        True, doc="Let the service keep the request. `false` needs an enterprise account."
    )
    include_timestamps: bool = option(True, doc="Request the times and probabilities of words.")
    include_language_detection: bool = option(
        False, doc="Request the language of the speech. Always requested if no language is set."
    )
    secondary_languages: tuple[str, ...] = option(
        (),
        doc="Other languages that may be spoken, ISO 639.",
        unit="characters",
        minimum=2,
        maximum=3,
        suggestions=_LANGUAGES,
    )
    commit_strategy: str = option(
        "manual",
        choices=COMMIT_STRATEGIES,
        doc="What ends a segment: the bridge (`manual`), or the service's own voice activity "
        "detection (`vad`) with the four settings that follow.",
    )
    vad_silence_threshold_secs: float = option(
        1.5, doc="Silence that ends a segment.", unit="s", minimum=0.3, maximum=3
    )
    vad_threshold: float = option(
        0.4, doc="Probability from which audio counts as speech.", minimum=0.1, maximum=0.9
    )
    min_speech_duration_ms: int = option(
        100,
        doc="Minimum length of speech. Shorter speech is ignored.",
        unit="ms",
        minimum=50,
        maximum=2000,
    )
    min_silence_duration_ms: int = option(
        100,
        doc="Minimum length of silence. Shorter silence is ignored.",
        unit="ms",
        minimum=50,
        maximum=2000,
    )
    filter_background_audio: bool = option(
        False,
        doc="Reduce noise and conversations in the background. Not with `include_timestamps`.",
    )
    diarize: bool = option(False, doc="Tell speakers apart.")
    entity_detection: tuple[str, ...] = option(
        (), doc="Entities to detect: `all`, a category such as `pii`, or a type.", minimum=1
    )
    entity_redaction: tuple[str, ...] = option(
        (),
        doc="Entities to redact in the transcript, with the names of `entity_detection`. A "
        "transcript that the service does not redact within 3 s is used unredacted.",
        minimum=1,
    )
    entity_redaction_mode: str = option(
        "enumerated_entity_type",
        choices=("redacted", "entity_type", "enumerated_entity_type"),
        doc="Text that replaces a redacted entity.",
    )
    transcript_edit: str | None = option(
        None,
        doc="Instruction for the service to edit each transcript. It adds 30 % to the price. Not "
        "with `entity_detection` or `entity_redaction`.",
        unit="characters",
        minimum=1,
        maximum=2000,
    )

    def __post_init__(self) -> None:
        """Refuse invalid values before a socket is opened.

        Raises:
            ConfigError: A value is invalid; the message names it and what is allowed.
        """
        Settings.__post_init__(self)  # super() fails with slots before Python 3.14
        if self.transcript_edit and (self.entity_detection or self.entity_redaction):
            raise ConfigError(
                "transcript_edit: must not be set with entity_detection or entity_redaction"
            )
        if self.filter_background_audio and self.include_timestamps:
            raise ConfigError(ErrorText.TIMESTAMPS_WITH_FILTER, setting="filter_background_audio")

    @property
    def model_title(self) -> str:
        """The model: its name without underscores, such as "Scribe v2 realtime"."""
        return self.model.replace("_", " ").capitalize()

    @property
    def ends_turns(self) -> bool:
        """Whether the service detects the end of speech itself."""
        return self.commit_strategy == "vad"

    def with_server_vad(
        self, *, silence_ms: int, min_speech_ms: int, speech_threshold: float
    ) -> tuple[Settings, tuple[str, ...]]:
        """Return the settings with the service's own voice activity detection.

        The second value describes each setting that had to be limited to the service's range.
        """
        limited: list[str] = []

        def possible(name: str, value: float) -> float:
            declared, default = _VAD[name]
            own: float = getattr(self, name)
            if own != default:
                return own
            allowed, problems = within_range(name, value, declared=declared)
            limited.extend(problems)
            return allowed

        settings = replace(
            self,
            commit_strategy="vad",
            vad_silence_threshold_secs=possible("vad_silence_threshold_secs", silence_ms / 1000),
            vad_threshold=possible("vad_threshold", speech_threshold),
            min_speech_duration_ms=int(possible("min_speech_duration_ms", min_speech_ms)),
        )
        return settings, tuple(limited)

    @property
    def bias_terms(self) -> tuple[str, ...]:
        """The terms that the service favours, the most important first."""
        return self.keyterms

    def with_bias_terms(self, terms: Sequence[str]) -> tuple[Settings, tuple[str, ...]]:
        """Return the settings with more keyterms, and the terms that do not fit."""
        keyterms, left = with_room(self.keyterms, terms, declared=_KEYTERMS)
        return replace(self, keyterms=keyterms), left


_OPTIONS: Final = dict(options_of(ElevenLabsSettings))
_KEYTERMS: Final = _OPTIONS["keyterms"]
_VAD: Final = {
    each.name: (_OPTIONS[each.name], each.default)
    for each in fields(ElevenLabsSettings)
    if each.name in {"vad_silence_threshold_secs", "vad_threshold", "min_speech_duration_ms"}
}

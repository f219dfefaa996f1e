"""The settings of an account at OpenAI, or of a server that speaks the protocol."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ...errors import ConfigError, ErrorText
from ...options import option, options_of
from ..bias_terms import with_room
from ..server_vad import within_range
from ..settings import Settings, check_subprotocol_token
from .protocol import PATH, DialectName
from .service import (
    CAPABILITIES,
    DEFAULT_MODEL,
    EAGERNESS_MS,
    LANGUAGES,
    MAX_KEYWORDS,
    MAX_VAD_SILENCE_MS,
    MIN_VAD_SILENCE_MS,
    MODELS,
    MODELS_WITHOUT_VAD,
    VAD_PREFIX_MS,
    VAD_SILENCE_MS,
    VAD_THRESHOLD,
    WHISPER_MODEL,
)

__all__ = ["OpenAISettings"]

_API_FOLDER: Final = "/v1"

_MAX_VAD_PREFIX_MS: Final = 5000
_MAX_PROMPT_CHARACTERS: Final = 2000
_MAX_BIAS_STRENGTH: Final = 100
"""The services document no limits. These are the bridge's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAISettings(Settings):
    """The settings of one account, or of one server that speaks the protocol."""

    url: str = option(
        "wss://api.openai.com",
        doc="Base address of the service, `wss://host[:port][/prefix]`. The path `/v1/realtime` is "
        "added if it is missing.",
    )
    auth: str = option(
        "api_key",
        choices=("api_key", "client_secret"),
        doc="How the token is sent: as an API key in a header (`api_key`), or as a client secret "
        "in the websocket subprotocol (`client_secret`), as browsers do.",
    )
    dialect: str = option(
        "auto",
        choices=("auto", *DialectName),
        doc="Dialect of the protocol. `auto` finds it by the server's first message. `ga` is for "
        "OpenAI, Azure, NVIDIA Dynamo and API gateways.",
    )
    model: str | None = option(
        None,
        doc=f"Model of the service. Without it, `{DEFAULT_MODEL}` is requested from OpenAI. vLLM, "
        "Speaches and LocalAI need it.",
        unit="characters",
        minimum=1,
        suggestions=MODELS,
    )
    secondary_languages: tuple[str, ...] = option(
        (),
        doc="Other languages that may be spoken. Only for `gpt-transcribe` and "
        "`gpt-live-transcribe`.",
        choices=LANGUAGES,
    )
    keywords: tuple[str, ...] = option(
        (),
        doc="Words and phrases that the service favours. Models without keywords get them in the "
        "prompt.",
        unit="characters",
        minimum=1,
        maximum=CAPABILITIES.bias_characters,
        max_items=MAX_KEYWORDS,
    )
    bias_strength: float | None = option(
        None,
        doc="How much NIM favours the keywords. Without it, 20 is requested.",
        minimum=0,
        maximum=_MAX_BIAS_STRENGTH,
    )
    prompt: str | None = option(
        None,
        doc="Text that guides the model, such as a description of the audio. Not for "
        f"`{WHISPER_MODEL}`.",
        unit="characters",
        minimum=1,
        maximum=_MAX_PROMPT_CHARACTERS,
    )
    delay: str | None = option(
        None,
        choices=("minimal", "low", "medium", "high", "xhigh"),
        doc="How long the model waits before it sends text. A longer delay makes the text more "
        f"accurate. Only for `{WHISPER_MODEL}`.",
    )
    noise_reduction: str | None = option(
        None,
        choices=("near_field", "far_field"),
        doc="Noise reduction of the service, for a microphone near the mouth (`near_field`) or in "
        "the room (`far_field`). Without it, the service's default applies.",
    )
    commit_strategy: str = option(
        "manual",
        choices=("manual", "server_vad", "semantic_vad"),
        doc="What ends a segment: the bridge (`manual`), silence (`server_vad`), or a model that "
        "judges whether the sentence is complete (`semantic_vad`).",
    )
    vad_threshold: float = option(
        VAD_THRESHOLD,
        doc="Probability from which `server_vad` counts audio as speech.",
        minimum=0,
        maximum=1,
    )
    vad_silence_ms: int = option(
        VAD_SILENCE_MS,
        doc="Silence after which `server_vad` ends a segment.",
        unit="ms",
        minimum=MIN_VAD_SILENCE_MS,
        maximum=MAX_VAD_SILENCE_MS,
    )
    vad_prefix_ms: int = option(
        VAD_PREFIX_MS,
        doc="Audio before the speech that `server_vad` keeps.",
        unit="ms",
        minimum=0,
        maximum=_MAX_VAD_PREFIX_MS,
    )
    vad_eagerness: str = option(
        "auto",
        choices=("low", "medium", "high", "auto"),
        doc="How soon `semantic_vad` ends a segment: after at most 8 s (`low`), 4 s (`medium` and "
        "`auto`) or 2 s (`high`).",
    )
    logprobs: bool = option(
        False, doc="Request the probabilities of the words. Not every model of OpenAI has them."
    )

    def __post_init__(self) -> None:
        """Refuse invalid values before a socket is opened.

        Raises:
            ConfigError: A value is invalid; the message names it and what is allowed.
        """
        Settings.__post_init__(self)  # super() fails with slots before Python 3.14
        if self.auth == "client_secret":
            check_subprotocol_token(self.token, auth=self.auth)
        if self.is_openai and not self.url.startswith("wss:"):
            raise ConfigError("url: must be wss:// for OpenAI, got ws://")
        model = self.model
        if self.ends_turns and not self.can_end_turns:
            raise ConfigError(
                f"commit_strategy: must be manual for the model {self.model_to_request}, got "
                f"{self.commit_strategy!r}"
            )
        if self.delay and model != WHISPER_MODEL:
            raise ConfigError(f"delay: must not be set unless model is {WHISPER_MODEL}")
        if self.prompt and model == WHISPER_MODEL:
            raise ConfigError(f"prompt: must not be set for the model {WHISPER_MODEL}")

    @property
    def is_openai(self) -> bool:
        """Whether the address is OpenAI's own, in any region."""
        return not self.uses_own_server

    @property
    def model_to_request(self) -> str | None:
        """The model; None if the server chooses it."""
        return self.model or (DEFAULT_MODEL if self.is_openai else None)

    @property
    def model_title(self) -> str | None:
        """The model; None if the server chooses it."""
        return self.model_to_request

    @property
    def bias_terms(self) -> tuple[str, ...]:
        """The terms that the service favours, the most important first."""
        return self.keywords

    @property
    def endpoint(self) -> str:
        """The address of the websocket, without a query."""
        return f"{self.server_url}{PATH}"

    @property
    def server_url(self) -> str:
        """The base address of the server, without the path, which may be in ``url`` already."""
        return self.url.rstrip("/").removesuffix(PATH).removesuffix(_API_FOLDER)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that may be spoken, the likeliest first; if empty, the service decides."""
        return self.languages_with(self.secondary_languages)

    @property
    def prompt_with_keywords(self) -> str | None:
        """The prompt for a model without a list of keywords; None if it is empty or not allowed."""
        if not self.takes_prompt:
            return None
        return ". ".join(filter(None, (self.prompt, ", ".join(self.keywords)))) or None

    @property
    def takes_prompt(self) -> bool:
        """Whether the model accepts a prompt."""
        return self.model != WHISPER_MODEL

    @property
    def ends_turns(self) -> bool:
        """Whether the service detects the end of speech itself."""
        return self.commit_strategy != "manual"

    @property
    def can_end_turns(self) -> bool:
        """Whether the model can detect the end of speech."""
        return self.model_to_request not in MODELS_WITHOUT_VAD

    @property
    def turn_end_ms(self) -> int:
        """The silence after which the service ends a turn, if it detects the end of speech."""
        if self.commit_strategy == "semantic_vad":
            return EAGERNESS_MS[self.vad_eagerness]
        return self.vad_silence_ms

    def with_server_vad(
        self, *, silence_ms: int, min_speech_ms: int, speech_threshold: float
    ) -> tuple[Settings, tuple[str, ...]]:
        """Return the settings with the service's own voice activity detection turned on.

        The second value describes each setting that had to be limited to the service's range.

        Raises:
            ConfigError: The model has no voice activity detection.
        """
        if self.ends_turns:
            return self, ()
        if not self.can_end_turns:
            raise ConfigError(
                ErrorText.MODEL_ENDS_NOTHING, setting="source", model=str(self.model_to_request)
            )
        possible_ms, limited = within_range("vad_silence_ms", silence_ms, declared=_SILENCE)
        settings = replace(
            self,
            commit_strategy="server_vad",
            vad_silence_ms=int(possible_ms),
            vad_threshold=speech_threshold,
        )
        return settings, limited

    def with_bias_terms(self, terms: Sequence[str]) -> tuple[Settings, tuple[str, ...]]:
        """Return the settings with more keywords, and the terms that do not fit."""
        if not self.takes_prompt:  # the model has no keywords either
            return self, tuple(terms)
        keywords, left = with_room(self.keywords, terms, declared=_KEYWORDS)
        return replace(self, keywords=keywords), left


_OPTIONS: Final = dict(options_of(OpenAISettings))
_KEYWORDS: Final = _OPTIONS["keywords"]
_SILENCE: Final = _OPTIONS["vad_silence_ms"]

"""OpenAI's own protocol, which Azure, NVIDIA Dynamo and API gateways speak too."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ....capabilities import Capabilities
from ....events import Warned
from ..messages import Configured, Greeting
from ..protocol import pcm
from ..service import CAPABILITIES, DEFAULT_MODEL, KEYWORD_MODELS, RETIRED_MODELS, RETIRED_ON
from ..settings import OpenAISettings
from .committing import CommittingDialect
from .dialect import Session

__all__ = ["GaDialect", "ga_capabilities", "ga_ignores", "turn_detection"]

_RATE_HZ: Final = 24_000
"""The only sample rate that OpenAI accepts. A server that is not OpenAI's may announce a different
rate, and then gets audio at that rate."""


class GaDialect(CommittingDialect):
    """OpenAI's own protocol."""

    min_commit_ms = CAPABILITIES.min_flush_ms

    def __init__(self, session: Session, settings: OpenAISettings, greeting: Greeting) -> None:
        self._rate_hz = greeting.rate_hz or _RATE_HZ
        super().__init__(session, settings, audio_format=pcm(self._rate_hz))
        self._model = settings.model or DEFAULT_MODEL

    def configuration(self) -> Mapping[str, object]:
        """Return the session object of a transcription session."""
        settings = self._settings
        audio_input: dict[str, object] = {
            "format": {"type": "audio/pcm", "rate": self._rate_hz},
            "transcription": self._transcription(),
            "turn_detection": turn_detection(settings),
        }
        if settings.noise_reduction:
            audio_input["noise_reduction"] = {"type": settings.noise_reduction}
        session: dict[str, object] = {"type": "transcription", "audio": {"input": audio_input}}
        if settings.logprobs:
            session["include"] = ["item.input_audio_transcription.logprobs"]
        return session

    def on_configured(self, configured: Configured) -> None:
        """Warn of a model that will be shut down, and of a configuration that was not applied."""
        model, wanted = configured.model, self._model
        if self._settings.is_openai and wanted in RETIRED_MODELS:
            self._session.report(
                Warned(
                    text=f"OpenAI shuts down the model {wanted} on {RETIRED_ON}; use "
                    f"{DEFAULT_MODEL}"
                )
            )
        differences = (
            ("model", wanted, model),
            ("sample rate", self._rate_hz, configured.rate_hz),
            ("detection of turns", self._settings.ends_turns, configured.detects_turns),
        )
        for name, want, got in differences:
            if got is not None and got != want:
                text = f"the server did not apply the {name}: requested {want}, got {got}"
                self._session.report(Warned(text=text))

    def _transcription(self) -> Mapping[str, object]:
        settings = self._settings
        transcription: dict[str, object | None] = {"model": self._model}
        if self._model in KEYWORD_MODELS:
            transcription |= {
                "languages": list(settings.languages) or None,
                "keywords": list(settings.keywords) or None,
                "prompt": settings.prompt,
            }
        else:
            transcription |= {
                "language": settings.base_language,
                "prompt": settings.prompt_with_keywords,
                "delay": settings.delay,
            }
        return {name: value for name, value in transcription.items() if value is not None}


def turn_detection(settings: OpenAISettings) -> Mapping[str, object] | None:
    """Return the ``turn_detection`` of a session; None if the server must not end segments."""
    match settings.commit_strategy:
        case "server_vad":
            return {
                "type": "server_vad",
                "threshold": settings.vad_threshold,
                "prefix_padding_ms": settings.vad_prefix_ms,
                "silence_duration_ms": settings.vad_silence_ms,
            }
        case "semantic_vad":
            return {"type": "semantic_vad", "eagerness": settings.vad_eagerness}
        case _:
            return None


def ga_capabilities(settings: OpenAISettings) -> Capabilities:
    """Return what a session can do with these settings."""
    return replace(
        CAPABILITIES,
        flush=not settings.ends_turns,
        flush_ids=not settings.ends_turns,
        confidence=settings.logprobs,
        server_vad=settings.can_end_turns,
        bias_terms=CAPABILITIES.bias_terms if settings.takes_prompt else 0,
    )


def ga_ignores(settings: OpenAISettings) -> frozenset[str]:
    """Return the names of the settings that a session with these settings does not use."""
    model = settings.model or DEFAULT_MODEL
    ignored = {"bias_strength"}
    if model not in KEYWORD_MODELS:
        ignored |= {"secondary_languages"}
        ignored |= set() if settings.takes_prompt else {"keywords"}
    return frozenset(ignored)

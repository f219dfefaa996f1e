"""A table with one row per dialect."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final

from ....capabilities import Capabilities
from ....errors import ErrorText, ServiceRequestError
from ..messages import Greeting
from ..protocol import PROVIDER, DialectName
from ..settings import OpenAISettings
from .dialect import Dialect, Session
from .ga import GaDialect, ga_capabilities, ga_ignores
from .localai import LocalAIDialect, localai_capabilities
from .nim import NimDialect, nim_capabilities
from .one_answer import OneAnswerAtATime
from .speaches import SpeachesDialect, speaches_capabilities
from .vllm import VllmDialect, vllm_capabilities

__all__ = ["DIALECTS", "DialectRow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DialectRow:
    """Everything that the client and the documentation need to know about a dialect."""

    title: str
    """The name of the server software that speaks the dialect."""
    capabilities: Callable[[OpenAISettings], Capabilities]
    """Returns what a session in this dialect can do with these settings."""
    new: Callable[[Session, OpenAISettings, Greeting], Dialect]
    """Returns the dialect for one session. The third argument is the server's first message."""
    ignores: Callable[[OpenAISettings], frozenset[str]]
    """Returns the names of the settings that a session in this dialect does not use."""
    needs_model: bool = True
    """Whether the server has no default model."""
    detections: tuple[str, ...] = ("server_vad", "semantic_vad")
    """The values of ``commit_strategy`` with which the server detects the end of speech."""

    def problem(self, settings: OpenAISettings) -> ServiceRequestError | None:
        """Return why the settings do not suit the server that was found; None if they do."""
        strategy = settings.commit_strategy
        if settings.ends_turns and not self.detections:
            return ServiceRequestError(
                ErrorText.SERVER_ENDS_NOTHING,
                provider=PROVIDER,
                setting="commit_strategy",
                server=self.title,
                value=repr(strategy),
            )
        if settings.ends_turns and strategy not in self.detections:
            allowed = " or ".join(("manual", *self.detections))
            return ServiceRequestError(
                f"commit_strategy: must be {allowed}, because {self.title} has no {strategy}, got "
                f"{strategy!r}",
                provider=PROVIDER,
            )
        if self.needs_model and settings.model is None:
            return ServiceRequestError(
                ErrorText.MODEL_NEEDED, provider=PROVIDER, setting="model", server=self.title
            )
        return None

    def unused(self, settings: OpenAISettings) -> str | None:
        """Return a warning that names the settings that the server does not use.

        A setting with its default value is not named. Return None if there is nothing to name.
        """
        ignored = self.ignores(settings)
        names = [
            each.name
            for each in fields(settings)
            if each.name in ignored and getattr(settings, each.name) != each.default
        ]
        return f"{self.title} does not use these settings: {', '.join(names)}" if names else None


def _always(*names: str) -> Callable[[OpenAISettings], frozenset[str]]:
    """Return a function for ``DialectRow.ignores`` that does not depend on the settings."""
    return lambda _: frozenset(names)


DIALECTS: Final = {
    DialectName.GA: DialectRow(
        title="OpenAI",
        capabilities=ga_capabilities,
        new=GaDialect,
        ignores=ga_ignores,
        needs_model=False,
    ),
    DialectName.VLLM: DialectRow(
        title="vLLM",
        capabilities=vllm_capabilities,
        new=lambda *values: OneAnswerAtATime(VllmDialect(*values)),
        ignores=_always(
            *("language", "secondary_languages", "keywords", "bias_strength", "prompt"),
            *("noise_reduction", "logprobs"),
        ),
        detections=(),
    ),
    DialectName.SPEACHES: DialectRow(
        title="Speaches",
        capabilities=speaches_capabilities,
        new=SpeachesDialect,
        ignores=_always(
            *("secondary_languages", "keywords", "bias_strength", "prompt", "noise_reduction"),
            *("logprobs", "vad_prefix_ms"),
        ),
        detections=("server_vad",),
    ),
    DialectName.LOCALAI: DialectRow(
        title="LocalAI",
        capabilities=localai_capabilities,
        new=lambda *values: OneAnswerAtATime(LocalAIDialect(*values)),
        ignores=_always("secondary_languages", "bias_strength", "noise_reduction", "logprobs"),
    ),
    DialectName.NIM: DialectRow(
        title="NVIDIA NIM",
        capabilities=nim_capabilities,
        new=NimDialect,
        ignores=_always(
            *("secondary_languages", "noise_reduction", "vad_threshold", "vad_prefix_ms"),
        ),
        needs_model=False,
        detections=("server_vad",),
    ),
}

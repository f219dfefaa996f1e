"""A table with one row per dialect."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ....capabilities import Capabilities
from ..messages import Greeting
from ..settings import DialectName, OpenAISettings
from .dialect import Dialect, Session
from .ga import GaDialect, ga_capabilities
from .localai import LocalAIDialect, localai_capabilities
from .nim import NimDialect, nim_capabilities
from .one_answer import OneAnswerAtATime
from .speaches import SpeachesDialect, speaches_capabilities
from .vllm import VllmDialect, vllm_capabilities

__all__ = ["DIALECTS", "DialectRow"]

_NO_DETECTION: Final = "does not detect the end of speech"


@dataclass(frozen=True, slots=True, kw_only=True)
class DialectRow:
    """Everything that the client and the documentation need to know about a dialect."""

    title: str
    """The name of the server software that speaks the dialect."""
    capabilities: Callable[[OpenAISettings], Capabilities]
    """Returns what a session in this dialect can do with these settings."""
    new: Callable[[Session, OpenAISettings, Greeting], Dialect]
    """Returns the dialect for one session. The third argument is the server's first message."""
    needs_model: bool = True
    """Whether the server has no default model."""
    detections: tuple[str, ...] = ("server_vad", "semantic_vad")
    """The values of ``commit_strategy`` with which the server detects the end of speech."""

    def problem(self, settings: OpenAISettings) -> str | None:
        """Return why the settings do not suit the server that was found; None if they do."""
        if settings.ends_turns and settings.commit_strategy not in self.detections:
            allowed = " or ".join(("manual", *self.detections))
            what = f"has no {settings.commit_strategy}" if self.detections else _NO_DETECTION
            return (
                f"commit_strategy: must be {allowed}, because {self.title} {what}, got "
                f"{settings.commit_strategy!r}"
            )
        if self.needs_model and settings.model is None:
            return f"model: must be set, because the server is {self.title}"
        return None


DIALECTS: Final = {
    DialectName.GA: DialectRow(
        title="OpenAI", capabilities=ga_capabilities, new=GaDialect, needs_model=False
    ),
    DialectName.VLLM: DialectRow(
        title="vLLM",
        capabilities=vllm_capabilities,
        new=lambda *values: OneAnswerAtATime(VllmDialect(*values)),
        detections=(),
    ),
    DialectName.SPEACHES: DialectRow(
        title="Speaches",
        capabilities=speaches_capabilities,
        new=SpeachesDialect,
        detections=("server_vad",),
    ),
    DialectName.LOCALAI: DialectRow(
        title="LocalAI",
        capabilities=localai_capabilities,
        new=lambda *values: OneAnswerAtATime(LocalAIDialect(*values)),
    ),
    DialectName.NIM: DialectRow(
        title="NVIDIA NIM",
        capabilities=nim_capabilities,
        new=NimDialect,
        needs_model=False,
        detections=("server_vad",),
    ),
}

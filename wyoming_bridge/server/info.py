"""What the bridge says of itself: one speech-to-text program a profile, the default first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..audio import AudioFormat
from ..endpointing import Endpointing, EndpointSource
from ..extensions import PRODUCT
from ..languages import with_regions
from ..transcriber import RequestOptions, Utterance

__all__ = ["Program", "info_data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One profile, as Wyoming clients see it."""

    name: str
    """The profile's name; what ``transcribe.name`` and ``select-program`` choose by."""
    description: str
    languages: Sequence[str]
    """ISO 639-1; regions are added."""
    endpointing: Endpointing
    """How the end of an utterance is found, where a client does not ask otherwise."""
    new_utterance: Callable[[AudioFormat, RequestOptions], Utterance]
    """Makes an utterance for audio of a format."""


def info_data(programs: Sequence[Program], *, version: str) -> dict[str, object]:
    """The data of an ``info`` event."""
    # Only who is asked needs the library's types; they take a twentieth of a bridge's start.
    from wyoming.info import AsrModel, AsrProgram, Attribution, Info

    project = Attribution(name=PRODUCT, url="")
    offered = [
        AsrProgram(
            name=program.name,
            description=program.description,
            attribution=project,
            installed=True,
            version=version,
            models=[
                AsrModel(
                    name=program.name,
                    description=program.description,
                    attribution=project,
                    installed=True,
                    version=version,
                    languages=with_regions(program.languages),
                )
            ],
            supports_transcript_streaming=True,
            # Where the end of the stream alone ends an utterance, somebody has to find it.
            requires_external_vad=program.endpointing.source == EndpointSource.CLIENT,
            # The services are trained on what microphones deliver.
            prefers_auto_gain_enabled=False,
            prefers_noise_reduction_enabled=False,
        )
        for program in programs
    ]
    data: dict[str, object] = Info(asr=offered).event().data
    return data

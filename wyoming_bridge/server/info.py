"""The ``info`` of the bridge: one speech-to-text program per profile, the default first."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ..audio import AudioFormat
from ..capabilities import EVERYTHING, ProfileCapabilities
from ..endpointing import Endpointing, EndpointSource
from ..extensions.info import PagePlace, bridge_data
from ..extensions.names import PRODUCT
from ..languages import with_regions
from ..transcriber import RequestOptions, Utterance

__all__ = ["Program", "info_data"]


_BASE_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
"""The form of ISO 639 codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One profile, as Wyoming clients see it."""

    name: str
    """The profile's name, as in ``transcribe`` and ``select-program``."""
    description: str
    languages: Sequence[str]
    """ISO 639-1 codes; regions are added in ``info``."""
    reported_languages: Callable[[], Sequence[str]] = tuple
    """Returns the languages that the profile's own server has reported. They replace ``languages``.
    None are known until the server has answered."""
    endpointing: Endpointing
    """How the end of an utterance is found, unless a client requests other settings."""
    new_utterance: Callable[[AudioFormat, RequestOptions], Utterance]
    """Creates an utterance, given the format of its audio and the request's options."""
    knows_other_languages: bool = True
    """Whether the service may know languages that are not listed, because services add new ones."""
    capabilities: ProfileCapabilities = EVERYTHING
    """What the profile can do with a client's settings."""
    audio_timeout_s: float = 10.0
    """The longest wait for the first audio after ``audio-start``."""
    always_sends_chunks: bool = False
    """Whether clients that do not request ``transcript-chunk`` get it too."""

    @property
    def known_languages(self) -> Sequence[str]:
        """The languages that the profile knows, as far as it is known now."""
        return self.reported_languages() or self.languages

    def may_know(self, language: str) -> bool:
        """Return whether the profile may know a language; a region in it is ignored."""
        base = language.replace("_", "-").split("-")[0].lower()
        known = self.known_languages
        if base in known or not known:
            return True
        return self.knows_other_languages and _BASE_LANGUAGE.fullmatch(base) is not None


def info_data(
    programs: Sequence[Program],
    *,
    version: str,
    bridge_id: str | None = None,
    page: PagePlace | None = None,
) -> dict[str, object]:
    """Return the data of an ``info`` event. ``bridge_id`` is None if the bridge has no id."""
    # Imported here because this import takes a twentieth of the bridge's start time.
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
                    languages=with_regions(program.known_languages),
                )
            ],
            supports_transcript_streaming=True,
            # If only the end of the audio ends an utterance, the client has to detect the end of
            # the speech.
            requires_external_vad=program.endpointing.source == EndpointSource.CLIENT,
            # No processing by the client, because the services are trained on unprocessed audio.
            prefers_auto_gain_enabled=False,
            prefers_noise_reduction_enabled=False,
        )
        for program in programs
    ]
    data: dict[str, object] = Info(asr=offered).event().data
    profiles = {program.name: program.capabilities for program in programs}
    return data | bridge_data(bridge_id=bridge_id, page=page, profiles=profiles)

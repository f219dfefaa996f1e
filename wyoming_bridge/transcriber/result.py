"""The output of an utterance: revisions while the user speaks, then a result."""

from dataclasses import asdict, dataclass

from ..endpointing.endpoint import CLIENT_ENDED, Ending, Endpoint
from ..errors import BridgeError
from ..events import Entity, Word
from ..house import Completeness

__all__ = ["Result", "Revision", "Segment", "SpeakerText", "Timing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerText:
    """All that one speaker has said so far."""

    speaker: str | None
    """The service's name for the speaker; None for words whose speaker is not known yet."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The transcript so far, while the user is speaking."""

    text: str
    """The whole transcript; it replaces the revision before."""
    settled: str
    """The beginning of ``text`` that will most likely not change."""
    speakers: tuple[SpeakerText, ...] = ()
    """What each speaker said; empty if the service does not tell speakers apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Durations in one utterance, in milliseconds; None if unknown or not reached."""

    audio_ms: float
    """Duration of the audio that arrived. If the service fetched it: the end of the last final."""
    ready_ms: float | None
    """From the first audio until the service was ready."""
    first_text_ms: float | None
    """From the first audio until the first words."""
    speech_ms: float | None = None
    """From the first audio to the end of the speech; None without a detector or speech."""
    endpoint_ms: float | None = None
    """From the end of the speech to the endpoint: the silence at the end of the utterance."""
    final_ms: float | None
    """From the endpoint until the result."""
    total_ms: float
    """From the first audio until the result."""

    @property
    def response_ms(self) -> float | None:
        """From the end of the speech, or else from the endpoint, until the result."""
        return None if self.final_ms is None else (self.endpoint_ms or 0.0) + self.final_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One finished part of the transcript, as the service split it."""

    text: str
    """As the service wrote it."""
    start_ms: int | None = None
    """From the first audio of the utterance; None if the service does not send it."""
    end_ms: int | None = None
    """From the first audio of the utterance; None if the service does not send it."""
    speaker: str | None = None
    """The service's name for the speaker; None if the service does not distinguish speakers."""
    entities: tuple[Entity, ...] = ()
    """The names, numbers and addresses that the service found in ``text``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of one utterance."""

    text: str
    """The transcript; empty if nothing was said."""
    words: tuple[Word, ...] = ()
    """The words, if the service sends them. ``Word.speaker`` is set if the service distinguishes
    speakers."""
    segments: tuple[Segment, ...] = ()
    """The finals, in order."""
    language: str | None = None
    """The language that the service detected, or None."""
    complete: bool = True
    """False if the service did not finish. The text still covers all speech, as far as known."""
    said: str | None = None
    """The text as the service wrote it, if ``text`` differs: it is styled or repaired."""
    repair: str | None = None
    """Why the interpreter replaced the text, as a phrase; None if it did not."""
    completeness: Completeness | None = None
    """Whether ``text`` is a whole command of the house; None if there is no interpretation."""
    endpoint: Endpoint = CLIENT_ENDED
    """Why the utterance ended."""
    connections: int = 1
    """How many sessions were opened, for all profiles that were tried."""
    failures: tuple[BridgeError, ...] = ()
    """The errors of the profiles that were tried before ``profile``. If the result is a stand-in,
    the last error says why the bridge stopped waiting for a complete result."""
    left_out_terms: tuple[str, ...] | None = None
    """Those of the client's terms that the service did not get, because it accepts no more, in the
    client's order; None if the client sent no terms, or if a remote server does not report them."""
    utterance_id: str | None = None
    """The id of the utterance, as in the log; None if a remote server sends no id."""
    profile: str
    provider: str
    timing: Timing

    @property
    def ended_by(self) -> Ending:
        """What ended the utterance."""
        return self.endpoint.ended_by

    def details(self) -> dict[str, object]:
        """Return all fields but text and language as JSON values, without fields that are None."""
        details = _present(asdict(self))
        del details["text"]
        details.pop("language", None)
        details.pop("failures")
        endpoint = self.endpoint.to_data()
        details["ended_by"] = endpoint.pop("ended_by")
        details["endpoint"] = endpoint
        if self.failures:
            details["failures"] = [error.to_data() for error in self.failures]
        details["words"] = [_present(asdict(word)) for word in self.words]
        details["segments"] = [
            _present(asdict(each) | {"entities": [asdict(entity) for entity in each.entities]})
            for each in self.segments
        ]
        details["timing"] = {
            name: round(value, 1)
            for name, value in asdict(self.timing).items()
            if value is not None
        }
        return details


def _present(values: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}

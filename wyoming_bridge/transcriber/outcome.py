"""The transcript with which an utterance ends, before its interpretation."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..endpointing import Endpoint
from ..errors import BridgeError
from .interpretation import Interpretation
from .result import Result, Timing
from .text_style import TextStyle, styled
from .transcript import Transcript
from .transcription import Transcription

__all__ = ["Outcome"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The transcript of an utterance, and the profile's transcription that it comes from."""

    transcription: Transcription
    transcript: Transcript
    is_complete: bool
    interpreted_by: float
    """The deadline of the interpretation, in monotonic seconds. The result does not wait longer."""

    def result(
        self,
        interpretation: Interpretation | None,
        *,
        text_style: TextStyle,
        endpoint: Endpoint,
        connections: int,
        failures: Sequence[BridgeError],
        timing: Timing,
    ) -> Result:
        """Return the result. Its text is the repair, or else the transcript, in ``text_style``."""
        transcript, candidate = self.transcript, self.transcription.candidate
        repair = interpretation.repair if interpretation else None
        text = styled(repair.text if repair else transcript.text, text_style)
        return Result(
            text=text,
            said=None if transcript.text == text else transcript.text,
            repair=repair.reason if repair else None,
            completeness=interpretation.completeness if interpretation else None,
            words=transcript.words,
            segments=transcript.segments,
            language=transcript.language,
            complete=self.is_complete and not transcript.has_open_partial,
            endpoint=endpoint,
            connections=connections,
            failures=tuple(failures),
            utterance_id=candidate.utterance_id,
            profile=candidate.profile,
            provider=candidate.provider,
            timing=timing,
        )

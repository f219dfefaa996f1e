"""The transcript of an audio file, as the answer to a request writes it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ....events import FinalText
from .tokens import tokens_of

__all__ = ["FileTranscript"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTranscript:
    """The transcript of a whole file. Its methods return fields of an answer in JSON."""

    finals: Sequence[FinalText]
    duration_ms: float
    """The duration of the file's audio."""
    language: str
    """The language of finals for which the engine reports none."""

    @property
    def text(self) -> str:
        """The text of all finals."""
        return " ".join(final.text for final in self.finals)

    @property
    def usage(self) -> dict[str, object]:
        """What the service charges for: the duration, in seconds."""
        return {"type": "duration", "seconds": self._duration_s}

    @property
    def lacks_word_times(self) -> bool:
        """Whether the engine does not know the times of the words."""
        return any(final.text and not final.words for final in self.finals)

    def details(self, *, with_logprobs: bool) -> dict[str, object]:
        """Return the languages and, if requested, the probabilities of the tokens."""
        spoken = dict.fromkeys(each.language or self.language for each in self.finals)
        details: dict[str, object] = {"languages": [{"code": code} for code in spoken]}
        if with_logprobs:
            details["logprobs"] = [token.to_fields() for token in tokens_of(self.finals)]
        return details

    def verbose(self, granularities: Sequence[str]) -> dict[str, object]:
        """Return the fields of ``verbose_json``, with times of words, of segments or of both."""
        language = next((each.language for each in self.finals if each.language), None)
        verbose: dict[str, object] = {
            "task": "transcribe",
            "language": language or self.language,
            "duration": self._duration_s,
            "text": self.text,
        }
        if "word" in granularities:
            verbose["words"] = [
                {"word": word.text, "start": _seconds(word.start_ms), "end": _seconds(word.end_ms)}
                for final in self.finals
                for word in final.words
            ]
        if "segment" in granularities:
            verbose["segments"] = list(self._segments())
        return verbose

    @property
    def _duration_s(self) -> float:
        return round(self.duration_ms / 1000, 3)

    def _segments(self) -> Iterator[dict[str, object]]:
        """Yield the segments. Whisper's measures are fixed, as the engine does not have them."""
        for index, final in enumerate(self.finals):
            yield {
                "id": index,
                "seek": 0,
                "start": _seconds(final.start_ms),
                "end": _seconds(final.end_ms),
                "text": final.text,
                "tokens": [],
                "temperature": 0.0,
                "avg_logprob": 0.0,
                "compression_ratio": 1.0,
                "no_speech_prob": 0.0,
            }


def _seconds(milliseconds: int | None) -> float:
    return (milliseconds or 0) / 1000

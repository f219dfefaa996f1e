"""The server's messages with text. Fields are named as in the protocol."""

from dataclasses import dataclass

from ...json_text import compact
from .protocol import EventType

__all__ = ["Completed", "Delta", "Done", "TimedWord", "Token"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A part of a text with its probability."""

    text: str
    logprob: float
    """The natural logarithm of the probability, at most 0."""

    def to_fields(self) -> dict[str, object]:
        """Return the token as the fields of a JSON object."""
        return {"token": self.text, "logprob": self.logprob, "bytes": list(self.text.encode())}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """More text of an item, or in vLLM of the current generation."""

    text: str
    item_id: str = ""
    """Empty in vLLM."""

    def to_json(self, *, event_id: str) -> str:
        """Return the message as JSON."""
        return compact(
            {
                "type": EventType.DELTA,
                "event_id": event_id,
                "item_id": self.item_id,
                "content_index": 0,
                "delta": self.text,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWord:
    """A word in the whole text of an item. Only NIM sends words."""

    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    confidence: float | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The whole text of an item."""

    item_id: str
    transcript: str
    languages: tuple[str, ...] = ()
    tokens: tuple[Token, ...] = ()
    """Only if requested with ``include``. The transcript is the texts of all tokens, joined."""
    words: tuple[TimedWord, ...] = ()
    """Only NIM sends words."""
    is_last: bool = False
    """Only from NIM: whether this is the answer to the end of the audio."""
    seconds: float | None = None
    """The duration of the audio, for which the account is charged."""

    def to_json(self, *, event_id: str) -> str:
        """Return the message as JSON."""
        message: dict[str, object] = {
            "type": EventType.COMPLETED,
            "event_id": event_id,
            "item_id": self.item_id,
            "content_index": 0,
            "transcript": self.transcript,
            "usage": {"type": "duration", "seconds": self.seconds or 0.0},
        }
        if self.languages:
            message["languages"] = [{"code": code} for code in self.languages]
        if self.tokens:
            message["logprobs"] = [token.to_fields() for token in self.tokens]
        return compact(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """vLLM: the whole text of one generation."""

    text: str

    def to_json(self) -> str:
        """Return the message as JSON. Each word is counted as one token."""
        count = len(self.text.split())
        usage = {"prompt_tokens": 0, "total_tokens": count, "completion_tokens": count}
        return compact({"type": EventType.TRANSCRIPTION_DONE, "text": self.text, "usage": usage})

"""ElevenLabs' messages with text and speakers, all of which the server sends.

Fields are named as in the protocol. Times are in seconds.
"""

from dataclasses import asdict, dataclass

from ...json_text import compact

__all__ = [
    "CommittedTranscript",
    "CommittedTranscriptEntities",
    "CommittedTranscriptWithTimestamps",
    "DiarizedTranscript",
    "EditedTranscript",
    "Enrichment",
    "Entity",
    "PartialTranscript",
    "RedactedTranscript",
    "SettledTranscript",
    "SpeakersMerged",
    "TimedWord",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialTranscript:
    """Text that may change. It replaces the previous partial text."""

    text: str

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"message_type": "partial_transcript", "text": self.text})


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledTranscript:
    """``final_transcript``, text that will not change and is not committed yet.

    From the service's client library, which has this message with and without timestamps.
    """

    text: str

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"message_type": "final_transcript", "text": self.text})


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedTranscript:
    """Text that will not change. There is one per commit."""

    text: str
    segment_index: int | None = None
    """With ``diarize``: the index of the commit; 0 is the first."""

    def to_json(self) -> str:
        """Return the message as JSON."""
        numbered = {} if self.segment_index is None else {"segment_index": self.segment_index}
        return compact({"message_type": "committed_transcript", "text": self.text, **numbered})


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWord:
    """One entry of a transcript with times. The transcript is the texts of all entries, joined."""

    text: str
    type: str = "word"
    """``word``, ``spacing`` or ``audio_event``."""
    start: float | None = None
    """In seconds from the first audio of the session."""
    end: float | None = None
    """In seconds from the first audio of the session."""
    speaker_id: str | None = None
    logprob: float | None = None
    """The natural logarithm of the probability, at most 0."""

    def to_fields(self) -> dict[str, object]:
        """Return the entry as the fields of a JSON object."""
        return {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "type": self.type,
            "speaker_id": self.speaker_id,
            "logprob": self.logprob,
            "characters": None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedTranscriptWithTimestamps:
    """The committed transcript again, with the details that the session requested."""

    text: str
    language_code: str | None = None
    """None without ``include_language_detection``."""
    words: tuple[TimedWord, ...] | None = None
    """None without ``include_timestamps``."""

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact(
            {
                "message_type": "committed_transcript_with_timestamps",
                "text": self.text,
                "language_code": self.language_code,
                "words": None if self.words is None else [w.to_fields() for w in self.words],
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A part of a transcript that the service recognised: a name, a number, an address."""

    text: str
    entity_type: str
    start_char: int
    """The index of the entity's first character in the transcript."""
    end_char: int
    """The index after the entity's last character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedTranscriptEntities:
    """The entities in a committed transcript, with ``entity_detection``."""

    text: str
    entities: tuple[Entity, ...] = ()

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact(
            {
                "message_type": "committed_transcript_entities",
                "text": self.text,
                "entities": [asdict(entity) for entity in self.entities],
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedTranscript:
    """A committed transcript with its entities replaced, with ``entity_redaction``."""

    text: str
    redacted_text: str

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"message_type": "redacted_transcript", **asdict(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedTranscript:
    """A committed transcript after its edit, with ``transcript_edit``."""

    text: str
    edited_text: str

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"message_type": "edited_transcript", **asdict(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarizedTranscript:
    """The words of a committed transcript with their speakers, with ``diarize``."""

    segment_index: int | None
    text: str
    words: tuple[TimedWord, ...] = ()

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact(
            {
                "message_type": "diarized_transcript",
                "segment_index": self.segment_index,
                "text": self.text,
                "words": [word.to_fields() for word in self.words],
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakersMerged:
    """Two speakers are the same person. After a merge, only the new id is used."""

    from_speaker_id: str
    to_speaker_id: str

    def to_json(self) -> str:
        """Return the message as JSON."""
        return compact({"message_type": "speakers_merged", **asdict(self)})


Enrichment = (
    CommittedTranscriptWithTimestamps
    | CommittedTranscriptEntities
    | RedactedTranscript
    | EditedTranscript
    | DiarizedTranscript
)
"""The messages that may follow a committed transcript."""

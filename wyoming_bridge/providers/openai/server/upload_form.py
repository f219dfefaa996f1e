"""The form of a request to transcribe an audio file: its fields, and what they may contain."""

from typing import Final

from ....options import not_a_choice, shown

__all__ = ["UploadForm"]

_FORMATS: Final = ("json", "text", "verbose_json")
_GRANULARITIES: Final = ("word", "segment")
_LOGPROBS: Final = "logprobs"

_MAX_FIELD_CHARACTERS: Final = 10_000
_MAX_FIELDS: Final = 100


class UploadForm:
    """The fields of a form, without the file. A field can occur more than once."""

    def __init__(self) -> None:
        self._fields: dict[str, list[str]] = {}

    def add(self, name: str, value: str) -> str | None:
        """Add a field. Return what is wrong with its size; None if it was added."""
        values = self._fields.setdefault(name.removesuffix("[]"), [])
        if len(self._fields) > _MAX_FIELDS or len(values) >= _MAX_FIELDS:
            return f"{shown(name)}: the form must have at most {_MAX_FIELDS} fields"
        if len(value) > _MAX_FIELD_CHARACTERS:
            most = _MAX_FIELD_CHARACTERS
            return f"{shown(name)}: must have at most {most} characters, got {len(value)}"
        values.append(value)
        return None

    @property
    def keywords(self) -> tuple[str, ...]:
        """The terms that the engine favours."""
        return tuple(self._fields.get("keywords", ()))

    @property
    def response_format(self) -> str:
        """The answer's format. If the form is valid: ``json``, ``text`` or ``verbose_json``."""
        return self._first("response_format") or "json"

    @property
    def streams(self) -> bool:
        """Whether the client has asked for the text in pieces, as server-sent events."""
        return self._first("stream").lower() in {"true", "1"}

    @property
    def granularities(self) -> list[str]:
        """What has times in the answer. If the form is valid: ``word``, ``segment`` or both."""
        return self._fields.get("timestamp_granularities") or ["segment"]

    @property
    def includes_logprobs(self) -> bool:
        """Whether the answer has the probabilities of its tokens."""
        return "include" in self._fields

    def problem(self) -> str | None:
        """Return what is wrong with the form; None if it is valid. The form must be complete."""
        if not self._first("model"):
            return "model: must be set, got nothing"
        answer_format = self.response_format
        if answer_format not in _FORMATS:
            return f"response_format: {not_a_choice(answer_format, _FORMATS)}"
        return self._problem_of_details(answer_format)

    def _problem_of_details(self, answer_format: str) -> str | None:
        """Return why the answer cannot have the details that the form requests."""
        granularities = self._fields.get("timestamp_granularities", [])
        included = self._fields.get("include", [])
        for name, values, allowed in (
            ("timestamp_granularities", granularities, _GRANULARITIES),
            ("include", included, (_LOGPROBS,)),
        ):
            unknown = next((each for each in values if each not in allowed), None)
            if unknown is not None:
                return f"{name}: {not_a_choice(unknown, allowed)}"
        if included and answer_format != "json":
            return "include: must not be set unless response_format is json"
        if granularities and answer_format != "verbose_json":
            return "timestamp_granularities: must not be set unless response_format is verbose_json"
        if self.streams and answer_format == "verbose_json":
            return "stream: must be false if response_format is verbose_json"
        return None

    def _first(self, name: str) -> str:
        return next(iter(self._fields.get(name, ())), "")

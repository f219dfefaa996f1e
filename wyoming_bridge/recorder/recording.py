"""A recorded utterance, and its file.

The file is JSON with the fields of ``Recording``. The audio is in another file, so that a bug
report can leave it out.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from ..endpointing import FRAME_MS, Endpoint
from ..errors import ConfigError
from ..house import House
from ..json_text import readable
from .trace_event import EventKind, TracedFrame, TraceEvent

__all__ = ["RECORDING_ID", "Recording"]

_VERSION: Final = 1

RECORDING_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""The form of a recording's id. It is the id of the utterance, and a part of the folder's name."""

_OUTCOMES: Final = frozenset({EventKind.RESULT, EventKind.ERROR})

MAX_DATA_BYTES: Final = 32 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One utterance, without its audio."""

    id: str
    """The id of the utterance."""
    began_at: datetime
    """When the utterance began, with a time zone."""
    profile: str
    provider: str
    client: str | None = None
    """The client: an address, or an entity of Home Assistant; None if it is not known."""
    via: str | None = None
    """How the request reached the bridge, as a value of ``Via``; None if it is not known."""
    requested: str | None = None
    """The name by which the client requested the profile; None if it is not known."""
    request: Mapping[str, object]
    """What the client requested: language, terms, and the settings for the end of speech."""
    house: House | None = None
    """The house that the client sent; None if it sent no names, or more than the recorder keeps."""
    audio_ms: float
    """The duration of the audio that arrived. Audio after ``MAX_AUDIO_MS`` was not kept."""
    frames: Sequence[TracedFrame]
    """The voice detector's values for each 10 ms of audio; empty if no detector was used."""
    events: Sequence[TraceEvent]
    """The events in order. When the utterance is over, the last one is the result or the error."""
    truth: str | None = None
    """What was really said, as a user noted it: empty if nothing was said; None without a note."""

    @property
    def language(self) -> str | None:
        """The language that the client requested; None if it requested none."""
        language = self.request.get("language")
        return language if isinstance(language, str) else None

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms that the client sent."""
        terms = self.request.get("terms")
        return tuple(map(str, terms)) if isinstance(terms, list) else ()

    @property
    def is_over(self) -> bool:
        """Whether there is a result or an error."""
        return bool(self.events) and self.events[-1].kind in _OUTCOMES

    @property
    def outcome(self) -> Mapping[str, object]:
        """The details of the result or of the error; empty if there is neither."""
        return self.events[-1].values if self.is_over else {}

    @property
    def text(self) -> str | None:
        """The transcript; None if there was an error."""
        text = None if "code" in self.outcome else self.outcome.get("text")
        return text if isinstance(text, str) else None

    @property
    def error(self) -> str | None:
        """The error in words; None if there was a result."""
        text = self.outcome.get("text") if "code" in self.outcome else None
        return text if isinstance(text, str) else None

    @property
    def why_ended(self) -> str | None:
        """Why the audio ended, as a phrase; None if the utterance failed before that."""
        ends = [each.values for each in self.events if each.kind is EventKind.ENDPOINT]
        endpoint = Endpoint.from_data(ends[-1] if ends else self.outcome)
        return str(endpoint) if endpoint else None

    def with_truth(self, truth: str | None) -> Self:
        """Return a copy with another ``truth``."""
        return replace(self, truth=truth)

    def to_json(self) -> str:
        """Return the content of the recording's file."""
        frames = self.frames
        return readable(
            {
                "version": _VERSION,
                "id": self.id,
                "began_at": self.began_at.isoformat(timespec="milliseconds"),
                "profile": self.profile,
                "provider": self.provider,
                "client": self.client,
                "via": self.via,
                "requested": self.requested,
                "request": self.request,
                "house": self.house.to_data() if self.house else None,
                "audio_ms": round(self.audio_ms),
                "truth": self.truth,
                "frames": {
                    "frame_ms": FRAME_MS,
                    "speech": [each.speech for each in frames],
                    "sound": "".join("1" if each.is_sound else "0" for each in frames),
                    "noise_floor_dbfs": [each.noise_floor_dbfs for each in frames],
                },
                "events": [each.to_data() for each in self.events],
            }
        )

    @classmethod
    def from_json(cls, content: str | bytes) -> Self:
        """Read the content of a recording's file.

        Raises:
            ConfigError: The content is too large, or is not a recording of this version of the
                format.
        """
        if len(content) > MAX_DATA_BYTES:
            raise ConfigError(f"a recording has at most {MAX_DATA_BYTES} bytes")
        try:
            data: object = json.loads(content)
            if not isinstance(data, dict) or data.get("version") != _VERSION:
                raise ConfigError(f"a recording must be a JSON object of version {_VERSION}")
            return cls(
                id=str(data["id"]),
                began_at=datetime.fromisoformat(data["began_at"]),
                profile=str(data["profile"]),
                provider=str(data["provider"]),
                client=_text(data, "client"),
                via=_text(data, "via"),
                requested=_text(data, "requested"),
                request=dict(data["request"]),
                house=None if data.get("house") is None else House.from_data(data["house"]),
                audio_ms=float(data["audio_ms"]),
                truth=_text(data, "truth"),
                frames=_frames(data["frames"]),
                events=[_event(each) for each in data["events"]],
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as err:
            raise ConfigError(f"a recording cannot be read: {type(err).__name__} {err}") from err


def _text(data: Mapping[str, object], name: str) -> str | None:
    value = data.get(name)
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f"{name}: must be a string or null, got {type(value).__name__}")


def _frames(data: Mapping[str, Sequence[object]]) -> list[TracedFrame]:
    return [
        TracedFrame(
            speech=int(str(speech)), is_sound=sound == "1", noise_floor_dbfs=int(str(floor))
        )
        for speech, sound, floor in zip(
            data["speech"], data["sound"], data["noise_floor_dbfs"], strict=True
        )
    ]


def _event(data: Mapping[str, object]) -> TraceEvent:
    values = dict(data)
    return TraceEvent(
        at_ms=float(str(values.pop("at_ms"))),
        audio_ms=float(str(values.pop("audio_ms"))),
        kind=EventKind(str(values.pop("kind"))),
        values=values,
    )

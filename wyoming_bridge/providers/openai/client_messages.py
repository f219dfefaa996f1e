"""The client's messages, as client and server use them. Fields are named as in the protocol."""

import binascii
from binascii import b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ...errors import ProtocolViolationError
from ...json_fields import JsonFields
from ...json_text import MAX_CLIENT_DEPTH, compact
from ...options import shown
from .protocol import PROVIDER

__all__ = [
    "NO_MORE_AUDIO",
    "Append",
    "Clear",
    "ClientMessage",
    "Commit",
    "RequestType",
    "SessionUpdate",
    "append_json",
    "read_client_message",
]


class RequestType(StrEnum):
    """The ``type`` of a client's message."""

    SESSION_UPDATE = "session.update"
    TRANSCRIPTION_SESSION_UPDATE = "transcription_session.update"
    """NIM's name for ``session.update``."""
    APPEND = "input_audio_buffer.append"
    COMMIT = "input_audio_buffer.commit"
    CLEAR = "input_audio_buffer.clear"
    DONE = "input_audio_buffer.done"
    """NIM: there is no more audio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionUpdate:
    """A change of the session's configuration, which differs between the dialects."""

    session: Mapping[str, object] | None = None
    event_id: str | None = None
    model: str | None = None
    """Only in vLLM, in place of ``session``."""

    def to_json(self, kind: RequestType = RequestType.SESSION_UPDATE) -> str:
        """Return the message as JSON."""
        values = {"model": self.model, "session": self.session}
        given = {name: value for name, value in values.items() if value is not None}
        return _json(kind, self.event_id, **given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """More audio."""

    audio: bytes
    event_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """The end of a segment. In vLLM: the beginning of a generation, or its end if ``final``."""

    event_id: str | None = None
    final: bool | None = None
    """Only in vLLM."""

    def to_json(self) -> str:
        """Return the message as JSON."""
        more: dict[str, object] = {} if self.final is None else {"final": self.final}
        return _json(RequestType.COMMIT, self.event_id, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """The request to forget the audio that is not committed."""

    event_id: str | None = None


ClientMessage = SessionUpdate | Append | Commit | Clear

NO_MORE_AUDIO: Final = compact({"type": RequestType.DONE})
"""NIM: the client's last message."""

_APPEND_HEAD: Final = f'{{"type":"{RequestType.APPEND}","audio":"'
_APPEND_TAIL: Final = '"}'
_FORCED_TAIL: Final = '","runtime_config":{"force_eou":"true"}}'


def append_json(audio: bytes, *, force_eou: bool = False) -> str:
    """Return audio as a message. ``force_eou`` requests that NIM ends the segment after the audio.

    The message is joined from parts, because a JSON encoder spends time on escaping, which base64
    does not need.
    """
    encoded = b2a_base64(audio, newline=False).decode("ascii")
    return f"{_APPEND_HEAD}{encoded}{_FORCED_TAIL if force_eou else _APPEND_TAIL}"


def _json(kind: RequestType, event_id: str | None, **fields: object) -> str:
    named = {} if event_id is None else {"event_id": event_id}
    return compact({"type": kind, **named, **fields})


def read_client_message(message: str) -> ClientMessage:
    """Read a message of a client.

    Raises:
        ProtocolViolationError: The message is invalid, or its type is not supported. The text says
            what is wrong.
    """
    fields = JsonFields.parse(message, provider=PROVIDER, max_depth=MAX_CLIENT_DEPTH)
    event_id = fields.optional_text("event_id")
    kind = fields.optional_text("type")
    match kind:
        case RequestType.SESSION_UPDATE:
            return SessionUpdate(
                session=fields.mapping("session") if "session" in fields else None,
                event_id=event_id,
                model=fields.optional_text("model"),
            )
        case RequestType.APPEND:
            try:
                audio = binascii.a2b_base64(fields.text("audio"), strict_mode=True)
            except ValueError as err:
                raise ProtocolViolationError("audio must be base64", provider=PROVIDER) from err
            return Append(audio=audio, event_id=event_id)
        case RequestType.COMMIT:
            final = fields.flag("final", default=False) if "final" in fields else None
            return Commit(event_id=event_id, final=final)
        case RequestType.CLEAR:
            return Clear(event_id=event_id)
        case _:
            allowed = (
                f"{RequestType.SESSION_UPDATE}, {RequestType.APPEND}, {RequestType.COMMIT} or "
                f"{RequestType.CLEAR}"
            )
            raise ProtocolViolationError(
                f"type: must be {allowed}, got {shown(kind or '')}", provider=PROVIDER
            )

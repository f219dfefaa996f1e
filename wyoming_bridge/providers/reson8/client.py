"""The bridge's end of a Reson8 session.

The session is live as soon as the websocket is open. There is no end message: the end is a
flush, its confirmation, and the close.
"""

import math
from collections import deque
from typing import Final
from urllib.parse import urlencode

from ...errors import (
    AuthenticationError,
    QuotaError,
    RateLimitedError,
    RemoteError,
    ServiceError,
    ServiceRequestError,
    one_line,
)
from ...events import FinalText, FlushDone, PartialText, State, Unrecognised, Word
from ..base import ClientBase
from ..contract import ConnectRequest
from ..lifecycle import Transition
from .messages import (
    ErrorMessage,
    FlushConfirmation,
    FlushRequest,
    Reson8Transcript,
    Reson8Word,
    UnknownMessage,
    read_server_message,
)
from .query import write_query
from .settings import PATH, PROVIDER, Reson8Settings

__all__ = ["Reson8Client"]

_FINISH_ID: Final = "finish"
"""Names the last flush; the names of the others are numbers, given by the transcriber."""

_ERRORS: Final[dict[str, type[RemoteError]]] = {
    "unauthorized": AuthenticationError,
    "forbidden": AuthenticationError,
    "401": AuthenticationError,
    "403": AuthenticationError,
    "payment_required": QuotaError,
    "credit_limit_reached": QuotaError,
    "402": QuotaError,
    "too_many_requests": RateLimitedError,
    "429": RateLimitedError,
    "invalid_request": ServiceRequestError,
    "invalid_query_parameter": ServiceRequestError,
    "session_rejected": ServiceRequestError,
    "not_found": ServiceRequestError,
    "payload_too_large": ServiceRequestError,
    "400": ServiceRequestError,
    "404": ServiceRequestError,
    "413": ServiceRequestError,
}
"""The codes of the handshake, met inside the session: as on the service's page, as in its newer
answers, as statuses, and compared without regard to case. All others are failures of the service.
"""


class Reson8Client(ClientBase):
    """Sans-I/O client of one session."""

    provider = PROVIDER

    def __init__(self, settings: Reson8Settings) -> None:
        super().__init__()
        self._settings = settings
        self.token = settings.token
        self._flush_ids: deque[str] = deque()  # of the requests that are not confirmed

    def connect(self) -> ConnectRequest:
        """Begin; the caller opens the websocket."""
        self.transition(Transition.CONNECT)
        settings = self._settings
        url = f"{settings.url.rstrip('/')}{PATH}"
        headers: dict[str, str] = {}
        subprotocols: list[str] = []
        if settings.token:
            match settings.auth:
                case "api_key":
                    headers["Authorization"] = f"ApiKey {settings.token}"
                case "access_token":
                    headers["Authorization"] = f"Bearer {settings.token}"
                case _:
                    subprotocols = ["bearer", settings.token]
        return ConnectRequest(
            url=f"{url}?{urlencode(write_query(settings))}",
            shown_url=url,
            headers=headers,
            subprotocols=subprotocols,
        )

    def on_open(self, *, now: float) -> None:
        """No greeting: the service listens at once."""
        self.ready(now=now)

    def on_audio(self, pcm: bytes, *, now: float) -> None:
        """Audio travels as it is."""
        self.write(pcm)

    def on_flush(self, flush_id: str, *, now: float) -> None:
        """Flushes are named on the wire."""
        self._flush_ids.append(flush_id)
        self.write(FlushRequest(id=flush_id).to_json())

    def on_finish(self, *, now: float) -> None:
        """The last flush; closing without it would lose the tail."""
        self.on_flush(_FINISH_ID, now=now)

    def on_message(self, message: str, *, now: float) -> None:
        """Read one message."""
        match read_server_message(message):
            case Reson8Transcript(is_final=False) as transcript:
                self.report(PartialText(text=transcript.text, start_ms=transcript.start_ms))
            case Reson8Transcript() as transcript:
                self.report(_final(transcript))
            case FlushConfirmation(id=flush_id):
                self._confirm(flush_id)
            case ErrorMessage() as error:
                raise _error(error)
            case UnknownMessage(type=kind):
                self.report(Unrecognised(kind=kind))

    def _confirm(self, flush_id: str | None) -> None:
        """A flush is done: the named one, or without a name the one that waits longest."""
        waiting = self._flush_ids
        if flush_id is None and waiting:
            flush_id = waiting[0]
        if flush_id is None or flush_id not in waiting:
            self.report(Unrecognised(kind="flush_confirmation of no request"))
            return
        waiting.remove(flush_id)
        if flush_id != _FINISH_ID or self.state is not State.FINISHING:
            self.report(FlushDone(flush_id=flush_id))
            return
        for each in waiting:  # what was asked before the last flush is done with it
            self.report(FlushDone(flush_id=each))
        self.finished()


def _final(transcript: Reson8Transcript) -> FinalText:
    start, duration = transcript.start_ms, transcript.duration_ms
    speaker = None if transcript.speaker_id is None else str(transcript.speaker_id)
    return FinalText(
        text=transcript.text,
        words=tuple(_word(word, speaker=speaker) for word in transcript.words or ()),
        start_ms=start,
        end_ms=None if start is None or duration is None else start + duration,
        language=transcript.language,
        speaker=speaker,
    )


def _word(word: Reson8Word, *, speaker: str | None) -> Word:
    start, duration = word.start_ms, word.duration_ms
    return Word(
        text=word.text.strip(),
        start_ms=start,
        end_ms=None if start is None or duration is None else start + duration,
        confidence=_probability(word.confidence),
        speaker=speaker,
    )


def _probability(confidence: float | None) -> float | None:
    """Both units seen: 0 to 1 by the service's text, a logarithm below 0 by its own plugin."""
    if confidence is None or math.isnan(confidence):
        return None
    return math.exp(confidence) if confidence < 0 else min(confidence, 1.0)


def _error(error: ErrorMessage) -> RemoteError:
    text = f"{error.code}: {error.message}" if error.message else error.code
    kind = _ERRORS.get(error.code.lower(), ServiceError)
    return kind(text, provider=PROVIDER, service_code=one_line(error.code))

"""The bridge's end of a Reson8 session.

The session is live as soon as the websocket is open. There is no end message: the end is a
flush, its confirmation, and the close.
"""

import math
from typing import Final as Constant
from urllib.parse import urlencode

from ...errors import (
    AuthenticationError,
    QuotaError,
    RateLimitedError,
    RemoteError,
    ServiceError,
    ServiceRequestError,
)
from ...events import Final, FlushDone, Partial, State, Unrecognised, Word
from ..base import ClientBase
from ..contract import ConnectRequest
from ..lifecycle import Step
from .messages import (
    ErrorMessage,
    FlushConfirmation,
    FlushRequest,
    Transcript,
    TranscriptWord,
    UnknownMessage,
    read_server_message,
)
from .query import write_query
from .settings import PATH, PROVIDER, Reson8Settings

__all__ = ["Reson8Client"]

_FINISH_ID: Constant = "finish"
"""Names the last flush; the names of the others are numbers, given by the transcriber."""


class Reson8Client(ClientBase):
    """Sans-I/O client of one session."""

    provider = PROVIDER

    def __init__(self, settings: Reson8Settings) -> None:
        super().__init__()
        self._settings = settings
        self.token = settings.token
        self._asked: list[str] = []  # flushes that are not confirmed, the oldest first

    def connect(self) -> ConnectRequest:
        """Begin; the caller opens the websocket."""
        self.step(Step.CONNECT)
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
        self._asked.append(flush_id)
        self.write(FlushRequest(id=flush_id).to_json())

    def on_finish(self, *, now: float) -> None:
        """The last flush; closing without it would lose the tail."""
        self._asked.append(_FINISH_ID)
        self.write(FlushRequest(id=_FINISH_ID).to_json())

    def on_message(self, message: str, *, now: float) -> None:
        """Read one message."""
        match read_server_message(message):
            case Transcript(is_final=False) as transcript:
                self.report(Partial(text=transcript.text, start_ms=transcript.start_ms))
            case Transcript() as transcript:
                self.report(_final(transcript))
            case FlushConfirmation(id=flush_id):
                self._confirm(flush_id)
            case ErrorMessage() as error:
                raise _error(error)
            case UnknownMessage(type=kind):
                self.report(Unrecognised(kind=kind))

    def _confirm(self, flush_id: str | None) -> None:
        """Confirmations come in the order of the requests; one without a name is the oldest's."""
        if flush_id is None:
            flush_id = self._asked[0] if self._asked else None
        if flush_id in self._asked:
            self._asked.remove(flush_id)
        if flush_id == _FINISH_ID:
            if self.state is State.FINISHING:
                self.finished()
        elif flush_id is not None:
            self.report(FlushDone(flush_id=flush_id))


def _final(transcript: Transcript) -> Final:
    start, duration = transcript.start_ms, transcript.duration_ms
    return Final(
        text=transcript.text,
        words=tuple(_word(word) for word in transcript.words or ()),
        start_ms=start,
        end_ms=None if start is None or duration is None else start + duration,
        language=transcript.language,
        speaker=transcript.speaker_id,
    )


def _word(word: TranscriptWord) -> Word:
    start, duration = word.start_ms, word.duration_ms
    return Word(
        text=word.text.strip(),
        start_ms=start,
        end_ms=None if start is None or duration is None else start + duration,
        confidence=_probability(word.confidence),
    )


def _probability(confidence: float | None) -> float | None:
    """Both units seen: 0 to 1 by the service's text, a logarithm below 0 by its own plugin."""
    if confidence is None or math.isnan(confidence):
        return None
    return math.exp(confidence) if confidence < 0 else min(confidence, 1.0)


def _error(error: ErrorMessage) -> RemoteError:
    """The codes of the handshake, met inside the session; compared without regard to case."""
    text = f"{error.code}: {error.message}" if error.message else error.code
    match error.code.lower():
        case "unauthorized":
            return AuthenticationError(text, provider=PROVIDER)
        case "payment_required" | "credit_limit_reached":
            return QuotaError(text, provider=PROVIDER)
        case "too_many_requests":
            return RateLimitedError(text, provider=PROVIDER)
        case "invalid_request" | "invalid_query_parameter":
            return ServiceRequestError(text, provider=PROVIDER)
        case _:
            return ServiceError(text, provider=PROVIDER)

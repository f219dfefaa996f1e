"""The bridge's side of a Reson8 session.

The service is ready as soon as the websocket is open. The protocol has no message that ends a
session. So the client sends a last flush, waits for the confirmation, and closes the websocket.
"""

import math
from collections import deque
from typing import Final
from urllib.parse import urlencode

from ...errors import ErrorText, RemoteError, ServiceError
from ...events import FinalText, FlushDone, PartialText, State, Unrecognised, Warned, Word
from ..base import ClientBase
from ..contract import ConnectRequest, Unreadable
from ..lifecycle import Transition
from ..reports import ErrorReport, kind_of
from .messages import (
    ErrorMessage,
    FlushConfirmation,
    FlushRequest,
    Reson8Transcript,
    Reson8Word,
    UnknownMessage,
)
from .reader import read_server_message
from .settings import CAPABILITIES, PATH, PROVIDER, Reson8Settings
from .written_query import write_query

__all__ = ["Reson8Client"]

_FINISH_ID: Final = "finish"
"""The id of the last flush. The transcriber uses numbers as ids, so there is no conflict."""


class Reson8Client(ClientBase):
    """Sans-I/O client of one session."""

    provider = PROVIDER
    capabilities = CAPABILITIES

    def __init__(self, settings: Reson8Settings) -> None:
        super().__init__()
        self._settings = settings
        self.token = settings.token
        self._flush_ids: deque[str] = deque()  # flushes that are not confirmed
        self._is_answered = False  # whether a final text has arrived for the oldest of them

    def connect(self) -> ConnectRequest:
        """Return the request that opens the websocket."""
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
        """Report at once that the service is ready, because it sends no greeting."""
        self.ready(now=now)

    def on_audio(self, pcm: bytes, *, now: float) -> None:
        """Send the audio as a binary message."""
        self.write(pcm)

    def on_flush(self, flush_id: str, *, now: float) -> None:
        """Send the flush with its id."""
        self._flush_ids.append(flush_id)
        self.write(FlushRequest(id=flush_id).to_json())

    def on_finish(self, *, now: float) -> None:
        """Send the last flush. Closing without it would lose the end of the speech."""
        self.on_flush(_FINISH_ID, now=now)

    def on_message(self, message: str, *, now: float) -> None:
        """Read one message."""
        match read_server_message(message, left_out=self.left_out):
            case Reson8Transcript(is_final=False) as transcript:
                start_ms, end_ms = transcript.start_ms, _end_of(transcript)
                self.report(PartialText(text=transcript.text, start_ms=start_ms, end_ms=end_ms))
            case Reson8Transcript() as transcript:
                is_new = bool(self._flush_ids) and not self._is_answered
                self._is_answered = bool(self._flush_ids)
                self.report(_final(transcript, is_new=is_new))
            case FlushConfirmation(id=flush_id):
                self._confirm(flush_id)
            case ErrorMessage() as error:
                raise _error(error)
            case Unreadable() as unreadable:
                self.skip(unreadable)
            case UnknownMessage(type=kind):
                self.report(Unrecognised(kind=kind))

    def on_close(self, *, code: int | None, reason: str) -> None:
        """Finish the session if only the confirmation of the last flush is missing.

        Otherwise fail it.
        """
        is_complete = self._is_answered and not self.has_open_text
        if self.state is State.FINISHING and is_complete and list(self._flush_ids) == [_FINISH_ID]:
            self.report(Warned(text="the service closed the connection without a confirmation"))
            self.finished()
        else:
            super().on_close(code=code, reason=reason)

    def _confirm(self, flush_id: str | None) -> None:
        """Report the flush with this id as done; for None, the oldest flush."""
        waiting = self._flush_ids
        if flush_id is None and waiting:
            flush_id = waiting[0]
        if flush_id is None or flush_id not in waiting:
            self.report(Unrecognised(kind="flush_confirmation without a request"))
            return
        waiting.remove(flush_id)
        self._is_answered = False
        if flush_id != _FINISH_ID or self.state is not State.FINISHING:
            self.report(FlushDone(flush_id=flush_id))
            return
        for each in waiting:  # the last flush also answers the flushes before it
            self.report(FlushDone(flush_id=each))
        self.finished()


def _final(transcript: Reson8Transcript, *, is_new: bool) -> FinalText:
    speaker = None if transcript.speaker_id is None else str(transcript.speaker_id)
    return FinalText(
        text=transcript.text,
        words=tuple(_word(word, speaker=speaker) for word in transcript.words or ()),
        start_ms=transcript.start_ms,
        end_ms=_end_of(transcript),
        language=transcript.language,
        speaker=speaker,
        is_new=is_new,
    )


def _word(word: Reson8Word, *, speaker: str | None) -> Word:
    return Word(
        text=word.text.strip(),
        start_ms=word.start_ms,
        end_ms=_end_of(word),
        confidence=_probability(word.confidence),
        speaker=speaker,
    )


def _end_of(timed: Reson8Transcript | Reson8Word) -> int | None:
    start_ms, duration_ms = timed.start_ms, timed.duration_ms
    return None if start_ms is None or duration_ms is None else start_ms + duration_ms


def _probability(confidence: float | None) -> float | None:
    """Convert the service's confidence to a probability.

    According to the service's documentation, the confidence is from 0 to 1. In the service's plugin
    for LiveKit, it is a logarithm below 0.
    """
    if confidence is None:
        return None
    return math.exp(confidence) if confidence < 0 else min(confidence, 1.0)


def _error(error: ErrorMessage) -> RemoteError:
    report = ErrorReport(code=error.code, message=error.message)
    kind = kind_of(report) or ServiceError
    return kind(
        ErrorText.SERVICE_SAYS,
        provider=PROVIDER,
        retry_after_s=error.retry_after_s,
        service_code=error.code,
        answer=report.text,
    )

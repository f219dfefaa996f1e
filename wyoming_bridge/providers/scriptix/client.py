"""The bridge's end of a Scriptix session in microphone mode.

Audio that comes before ``listening`` is not processed by the service, so it waits. There is no
flush: only ``stop`` brings the last final, and ends the session.
"""

import math
from typing import Final as Constant
from urllib.parse import urlencode

from ...errors import AuthenticationError, ServiceError
from ...events import Final, Partial, State, Unrecognised, Warned, Word
from ..base import ClientBase
from ..contract import ConnectRequest
from ..lifecycle import Step
from .messages import (
    Action,
    ActionMessage,
    ErrorMessage,
    FinalResult,
    PartialResult,
    ResultWord,
    ServiceState,
    StateMessage,
    UnknownMessage,
    read_server_message,
)
from .settings import PATH, PROVIDER, TOKEN_HEADERS, ScriptixSettings

__all__ = ["ScriptixClient"]

_NORMAL_CLOSURE: Constant = 1000

_ABOUT_THE_TOKEN: Constant = ("token", "authent", "unauthor", "api key", "api-key")
"""What an error before ``listening`` speaks of when the token is wrong. The service defines
that errors are words, not which; "Missing Token" and "Authentication Required" are its own."""


class ScriptixClient(ClientBase):
    """Sans-I/O client of one session."""

    provider = PROVIDER
    can_flush = False

    def __init__(self, settings: ScriptixSettings) -> None:
        super().__init__()
        self._settings = settings
        self.token = settings.token

    def connect(self) -> ConnectRequest:
        """Begin; the caller opens the websocket."""
        self.step(Step.CONNECT)
        settings = self._settings
        query = {"type": settings.type}
        headers: dict[str, str] = {}
        if settings.base_language:
            query["language"] = settings.base_language
        if settings.token and settings.auth == "query":
            query["token"] = settings.token
        elif settings.token:
            headers[TOKEN_HEADERS[0]] = settings.token
        url = f"{settings.url.rstrip('/')}{PATH}"
        return ConnectRequest(url=f"{url}?{urlencode(query)}", shown_url=url, headers=headers)

    def on_open(self, *, now: float) -> None:
        """The service waits for the start command."""
        self.write(ActionMessage(action=Action.START).to_json())

    def on_audio(self, pcm: bytes, *, now: float) -> None:
        """Audio travels as it is."""
        self.write(pcm)

    def on_finish(self, *, now: float) -> None:
        """The service sends its last finals, then ``stopped``."""
        self.write(ActionMessage(action=Action.STOP).to_json())

    def on_message(self, message: str, *, now: float) -> None:
        """Read one message."""
        match read_server_message(message):
            case StateMessage() as state:
                self._on_state(state, now=now)
            case ErrorMessage(error=text):
                lowered = text.lower()
                if self.state is State.LOADING and any(w in lowered for w in _ABOUT_THE_TOKEN):
                    raise AuthenticationError(text, provider=PROVIDER)
                raise ServiceError(text, provider=PROVIDER)
            case UnknownMessage(kind=kind):
                self.report(Unrecognised(kind=kind))
            case _ if self.state is State.LOADING:
                raise self.unreadable("a result before listening")
            case PartialResult() as partial:
                self.report(
                    Partial(
                        text=partial.text,
                        stability=_probability(partial.stability),
                        start_ms=partial.offset_ms,
                    )
                )
            case FinalResult() as final:
                self.report(_final(final))

    def on_close(self, *, code: int | None, reason: str) -> None:
        """A normal close after ``stop`` is an end, though ``stopped`` was not said."""
        if self.state is State.FINISHING and code == _NORMAL_CLOSURE:
            self.report(Warned(text="the service closed without saying that it had stopped"))
            self.finished()
        else:
            super().on_close(code=code, reason=reason)

    def _on_state(self, message: StateMessage, *, now: float) -> None:
        match message.state:
            case ServiceState.LISTENING if self.state is State.LOADING:
                self.ready(now=now, session_id=message.session_id)
            case ServiceState.STOPPED if self.state is State.FINISHING:
                self.finished()
            case ServiceState.STOPPED:
                raise ServiceError("the service stopped by itself", provider=PROVIDER)
            case ServiceState.SHUTTING_DOWN:
                self.report(Warned(text="the service will shut down soon"))
            case ServiceState.LOADING | ServiceState.LISTENING:
                pass


def _final(result: FinalResult) -> Final:
    """Word times count from the segment: the service's examples begin at 0 with an offset."""
    words = tuple(_word(word, offset_ms=result.offset_ms) for word in result.words)
    return Final(
        text=result.text,
        words=words,
        start_ms=words[0].start_ms if words else result.offset_ms,
        end_ms=words[-1].end_ms if words else None,
        speaker=result.speaker,
    )


def _word(word: ResultWord, *, offset_ms: int) -> Word:
    return Word(
        text=word.text.strip(),
        start_ms=offset_ms + word.start_ms,
        end_ms=offset_ms + word.end_ms,
        confidence=_probability(word.confidence),
    )


def _probability(value: float | None) -> float | None:
    """A number from 0 to 1; JSON as Python reads it knows NaN."""
    return None if value is None or math.isnan(value) else min(max(value, 0.0), 1.0)

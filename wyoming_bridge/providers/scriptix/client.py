"""The bridge's end of a Scriptix session.

In microphone mode, audio that comes before ``listening`` is not processed by the service, so it
waits. There is no flush: only ``stop`` brings the last final, and ends the session. In stream mode
the service fetches the audio itself, and there is nothing to send at all.

A service that is scaled down is started first; see ``starting``.
"""

import math
from typing import Final
from urllib.parse import quote, urlencode

from ...errors import (
    AuthenticationError,
    BridgeError,
    ConnectError,
    ConnectTimeoutError,
    LifecycleError,
    RemoteError,
    ServiceError,
    ServiceRequestError,
    StartingError,
)
from ...events import FinalText, PartialText, State, Unrecognised, Warned, Word
from ..base import ClientBase
from ..contract import CloseCode, ConnectRequest, HttpAnswer, HttpRequest
from ..lifecycle import Transition
from .messages import (
    Action,
    ActionMessage,
    ErrorMessage,
    FinalResult,
    OlderPartial,
    OlderResult,
    PartialResult,
    ResultWord,
    ServiceState,
    StateMessage,
    UnknownMessage,
    read_server_message,
)
from .settings import PATH, PROVIDER, STREAM_PATH, TOKEN_HEADERS, ScriptixSettings
from .starting import Readiness, Starting

__all__ = ["ScriptixClient"]

_ABOUT_THE_STREAM: Final = "stream"
"""What an error speaks of when it is the address that is wrong: each of the service's does."""

_ABOUT_THE_TOKEN: Final = ("token", "authent", "unauthor", "api key", "api-key")
"""What an error before ``listening`` speaks of when the token is wrong. The service defines
that errors are words, not which; "Missing Token" and "Authentication Required" are its own."""

_NOT_FOUND: Final = "404"


class ScriptixClient(ClientBase):
    """Sans-I/O client of one session; with ``source_url`` in stream mode."""

    provider = PROVIDER
    can_flush = False

    def __init__(self, settings: ScriptixSettings, *, source_url: str | None = None) -> None:
        super().__init__()
        self._settings = settings
        self._source_url = source_url
        self.token = settings.token
        self._starting = Starting(settings)
        self._request: HttpRequest | None = None
        if settings.initialize == "always":
            self._request = self._starting.initialize()
        self._refusal: BridgeError | None = None
        self._final_after_stop = False

    def connect(self) -> ConnectRequest | HttpRequest:
        """The websocket, or what has to be asked before."""
        if self._request:
            # Whether the service is down is known only when it was asked.
            if self._refusal is None and self.state is not State.STARTING:
                self.transition(Transition.START_SERVICE)
            return self._request
        self.transition(Transition.CONNECT)
        return self._stream_mode(self._source_url) if self._source_url else self._microphone_mode()

    def receive_failure(self, error: BridgeError) -> None:
        """A refusal can mean that the service is down: ask, before it is one."""
        if self._refusal is not None:
            self.fail(self._refusal)
        elif self._request is None and self._may_be_down(error):
            self._refusal = error
            self._request = self._starting.status()
        elif self._request is not None and isinstance(error, ConnectTimeoutError):
            # With automatic scaling, initialising is said to be answered when it is done.
            self._ask_again(Readiness.STARTING)
        else:
            self.fail(error)

    def receive_answer(self, answer: HttpAnswer, *, now: float) -> None:
        """How the service is; where it is not ready, what to ask next."""
        try:
            readiness = self._starting.read(answer)
            refusal, self._refusal = self._refusal, None
            if readiness is not Readiness.READY:
                self._ask_again(readiness)
            elif refusal:
                self.fail(refusal)
            else:
                self._request = None
        except RemoteError as error:
            self.fail(self._refusal or error)

    def _ask_again(self, readiness: Readiness) -> None:
        try:
            self._request = self._starting.next_request(readiness)
        except StartingError as error:
            self.fail(error)

    def on_open(self, *, now: float) -> None:
        """In microphone mode the service waits for the start command."""
        if not self._source_url:
            self.write(ActionMessage(action=Action.START).to_json())

    def on_audio(self, pcm: bytes, *, now: float) -> None:
        """Audio travels as it is."""
        self.write(pcm)

    def send_audio(self, pcm: bytes, *, now: float) -> None:
        """Audio in ``PCM_16K_MONO``. Before the service is ready it is kept."""
        if self._source_url:
            raise LifecycleError("in stream mode there is no audio to send", provider=PROVIDER)
        super().send_audio(pcm, now=now)

    def on_finish(self, *, now: float) -> None:
        """The service sends its last finals, then ``stopped``; a stream ends by itself."""
        if not self._source_url:
            self.write(ActionMessage(action=Action.STOP).to_json())

    def on_message(self, message: str, *, now: float) -> None:
        """Read one message; both shapes of results may come on the same socket."""
        match read_server_message(message):
            case StateMessage() as state:
                self._on_state(state, now=now)
            case ErrorMessage(error=text):
                raise self._error(text)
            case UnknownMessage(kind=kind):
                self.report(Unrecognised(kind=kind))
            case _ if self.state is State.LOADING:
                raise self.unreadable("a result before listening")
            case PartialResult() as partial:
                stability = _probability(partial.stability)
                self.report(
                    PartialText(text=partial.text, stability=stability, start_ms=partial.offset_ms)
                )
            case OlderPartial(text=text):
                self.report(PartialText(text=text))
            case FinalResult() as final:
                absolute = self._settings.word_times == "absolute"
                self._report_final(final, begins_ms=0 if absolute else final.offset_ms)
            case OlderResult() as final:
                self._report_final(final, begins_ms=0)

    def _report_final(self, final: FinalResult | OlderResult, *, begins_ms: int) -> None:
        self._final_after_stop = self.state is State.FINISHING
        self.report(_final(final, begins_ms=begins_ms))

    def on_close(self, *, code: int | None, reason: str) -> None:
        """A normal close after ``stop`` is an end, though ``stopped`` was not said.

        Not so in microphone mode where no final followed the stop: nothing was said, or all is
        lost, and nobody can tell.
        """
        told = self._source_url or self._final_after_stop
        if self.state is State.FINISHING and code == CloseCode.NORMAL_CLOSURE and told:
            if not self._source_url:
                self.report(Warned(text="the service closed without saying that it had stopped"))
            self.finished()
        else:
            super().on_close(code=code, reason=reason)

    def _microphone_mode(self) -> ConnectRequest:
        settings = self._settings
        query = self._query()
        headers: dict[str, str] = {}
        if settings.token and settings.auth == "query":
            query["token"] = settings.token
        elif settings.token:
            headers[TOKEN_HEADERS[0]] = settings.token
        url = f"{settings.url.rstrip('/')}{PATH}"
        return ConnectRequest(url=f"{url}?{urlencode(query)}", shown_url=url, headers=headers)

    def _stream_mode(self, source_url: str) -> ConnectRequest:
        base = self._settings.url.rstrip("/")
        # A server that wants no token still wants the place where it stands.
        token = quote(self._settings.token or "none", safe="")
        query = {"url": source_url, **self._query()}
        return ConnectRequest(
            url=f"{base}{STREAM_PATH.format(token=token)}?{urlencode(query)}",
            shown_url=f"{base}{STREAM_PATH.format(token='***')}",  # noqa: S106 - shows none
        )

    def _query(self) -> dict[str, str]:
        language = self._settings.base_language
        return {"type": self._settings.type, **({"language": language} if language else {})}

    def _may_be_down(self, error: BridgeError) -> bool:
        if self._settings.initialize != "when_needed":
            return False
        not_found = error.placeholders.get("status") == _NOT_FOUND
        return isinstance(error, (ServiceError, ConnectError)) or not_found

    def _on_state(self, message: StateMessage, *, now: float) -> None:
        match message.state:
            case ServiceState.LISTENING if self.state is State.LOADING:
                self.ready(now=now, session_id=message.session_id)
            case ServiceState.STOPPED if self.state is State.FINISHING:
                self.finished()
            case ServiceState.STOPPED:
                raise ServiceError("the service stopped by itself", provider=PROVIDER)
            case ServiceState.SHUTTING_DOWN:
                when = f" (at {message.at}, in seconds since 1970)" if message.at else ""
                self.report(Warned(text=f"the service will shut down soon{when}"))
            case ServiceState.LOADING | ServiceState.LISTENING:
                pass

    def _error(self, text: str) -> RemoteError:
        lowered = text.lower()
        if self._source_url and _ABOUT_THE_STREAM in lowered:
            return ServiceRequestError(text, provider=PROVIDER)
        if self.state is State.LOADING and any(word in lowered for word in _ABOUT_THE_TOKEN):
            return AuthenticationError(text, provider=PROVIDER)
        return ServiceError(text, provider=PROVIDER)


def _final(result: FinalResult | OlderResult, *, begins_ms: int) -> FinalText:
    """Word times count from the segment: the service's examples begin at 0 with an offset."""
    words = tuple(_word(word, begins_ms=begins_ms, speaker=result.speaker) for word in result.words)
    offset_ms = result.offset_ms if isinstance(result, FinalResult) else None
    return FinalText(
        text=result.text,
        words=words,
        start_ms=words[0].start_ms if words else offset_ms,
        end_ms=words[-1].end_ms if words else None,
        speaker=result.speaker,
    )


def _word(word: ResultWord, *, begins_ms: int, speaker: str | None) -> Word:
    return Word(
        text=word.text.strip(),
        start_ms=begins_ms + word.start_ms,
        end_ms=begins_ms + word.end_ms,
        confidence=_probability(word.confidence),
        speaker=speaker,
    )


def _probability(value: float | None) -> float | None:
    """A number from 0 to 1; JSON as Python reads it knows NaN."""
    return None if value is None or math.isnan(value) else min(max(value, 0.0), 1.0)

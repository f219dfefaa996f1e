"""The bridge's side of a Scriptix session.

In microphone mode the service does not process audio before ``listening``, so the client keeps
that audio. The protocol has no flush. ``stop`` requests the last final text and ends the session.
In stream mode the service fetches the audio, and the client sends no audio.

If the service is scaled down, the client starts it first; see the module ``starting``.
"""

from typing import Final

from ...errors import (
    AuthenticationError,
    BridgeError,
    ConnectError,
    ConnectTimeoutError,
    ErrorText,
    LifecycleError,
    RemoteError,
    ServiceError,
    ServiceRequestError,
    StartingError,
)
from ...events import State, Unrecognised, Warned
from ..base import ClientBase
from ..contract import CloseCode, ConnectRequest, HttpAnswer, HttpRequest, Unreadable
from ..lifecycle import Transition
from ..reports import ErrorReport, kind_of
from .connect_requests import microphone_request, stream_request
from .conversion import final_of, partial_of
from .messages import (
    Action,
    ActionMessage,
    ErrorMessage,
    FinalResult,
    OlderPartial,
    OlderResult,
    PartialResult,
    ServiceState,
    StateMessage,
    UnknownMessage,
)
from .reader import read_server_message
from .settings import CAPABILITIES, PROVIDER, ScriptixSettings
from .starting import Readiness, Starting

__all__ = ["ScriptixClient"]

_ABOUT_THE_STREAM: Final = "stream"
"""A word that all of the service's errors about the address of a stream contain."""

_ABOUT_THE_TOKEN: Final = ("token", "authent", "unauthor", "api key", "api-key")
"""An error before ``listening`` with one of these texts is about the token. The service's errors
have no codes. Its documentation has the texts "Missing Token" and "Authentication Required"."""

_NOT_FOUND: Final = "404"


class ScriptixClient(ClientBase):
    """Sans-I/O client of one session, in stream mode if there is a ``source_url``."""

    provider = PROVIDER
    capabilities = CAPABILITIES

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
        """Return the request that opens the websocket, or an HTTP request that is needed first."""
        if self._request:
            # The status request after a refusal does not change the state, because the service may
            # be running.
            if self._refusal is None and self.state is not State.STARTING:
                self.transition(Transition.START_SERVICE)
            return self._request
        self.transition(Transition.CONNECT)
        if self._source_url:
            return stream_request(self._settings, self._source_url)
        return microphone_request(self._settings)

    def receive_failure(self, error: BridgeError) -> None:
        """Fail the session. If the service may be scaled down, request its status instead."""
        if self._refusal is not None:
            self.fail(self._refusal)
        elif self._request is None and self._may_be_down(error):
            self._refusal = error
            self._request = self._starting.status()
        elif self._request is not None and isinstance(error, ConnectTimeoutError):
            # According to the documentation, a service with automatic scaling answers the request
            # only after it has started.
            self._ask_again(Readiness.STARTING)
        else:
            self.fail(error)

    def receive_answer(self, answer: HttpAnswer, *, now: float) -> None:
        """Read the status of the service, and connect if it is ready.

        If the service is ready although it refused the session, fail with that refusal.
        """
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
        """Send the start command, which the service waits for in microphone mode."""
        if not self._source_url:
            self.write(ActionMessage(action=Action.START).to_json())

    def on_audio(self, pcm: bytes, *, now: float) -> None:
        """Send the audio as a binary message."""
        self.write(pcm)

    def send_audio(self, pcm: bytes, *, now: float) -> None:
        """Send audio in ``audio_format``, or keep it until the service is ready.

        Raises:
            LifecycleError: The service fetches the audio itself, ``finish`` was called before, or
                the session is over.
        """
        if self._source_url:
            raise LifecycleError(
                "audio cannot be sent in stream mode: the service fetches it", provider=PROVIDER
            )
        super().send_audio(pcm, now=now)

    def on_finish(self, *, now: float) -> None:
        """Send ``stop``. The service answers with its last final texts and ``stopped``.

        In stream mode no ``stop`` is needed, because the stream ends by itself.
        """
        if not self._source_url:
            self.write(ActionMessage(action=Action.STOP).to_json())

    def on_message(self, message: str, *, now: float) -> None:
        """Read one message. One session may have results in both formats."""
        match read_server_message(message, left_out=self.left_out):
            case StateMessage() as state:
                self._on_state(state, now=now)
            case ErrorMessage() as error:
                raise self._error(error)
            case UnknownMessage(kind=kind):
                self.report(Unrecognised(kind=kind))
            case Unreadable() as unreadable:
                self.skip(unreadable)
            case result:
                self._on_result(result)

    def _on_result(self, result: PartialResult | OlderPartial | FinalResult | OlderResult) -> None:
        match result:
            case PartialResult() | OlderPartial() if self.state is State.LOADING:
                self.skip(Unreadable(why="a partial text before listening", is_final=False))
            case _ if self.state is State.LOADING:
                self.fail(self.unreadable("the service sent a result before listening"))
            case PartialResult() | OlderPartial() as partial:
                self.report(partial_of(partial))
            case FinalResult() | OlderResult() as final:
                self._report_final(final)

    def _report_final(self, result: FinalResult | OlderResult) -> None:
        is_after_stop = self.state is State.FINISHING
        is_first_after_stop = is_after_stop and not self._final_after_stop
        self._final_after_stop = is_after_stop
        absolute = self._settings.word_times == "absolute"
        self.report(final_of(result, absolute_times=absolute, is_new=is_first_after_stop))

    def on_close(self, *, code: int | None, reason: str) -> None:
        """Finish a session that has all results, even without ``stopped``. Otherwise fail it.

        In microphone mode, results may be missing if no final text arrived after the ``stop``, or
        if partial texts arrived after that final text.
        """
        is_normal = code == CloseCode.NORMAL_CLOSURE
        is_complete = (
            is_normal if self._source_url else self._final_after_stop and not self.has_open_text
        )
        if self.state is State.FINISHING and is_complete:
            if not self._source_url:
                self.report(Warned(text='the service closed the connection without "stopped"'))
            self.finished()
        else:
            super().on_close(code=code, reason=reason)

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
                raise ServiceError(ErrorText.STOPPED_UNASKED, provider=PROVIDER)
            case ServiceState.SHUTTING_DOWN:
                when = f" (at {message.at}, in seconds since 1970)" if message.at else ""
                self.report(Warned(text=f"the service will shut down soon{when}"))
            case ServiceState.LOADING | ServiceState.LISTENING:
                pass

    def _error(self, error: ErrorMessage) -> RemoteError:
        report = ErrorReport(code=error.code, message=error.error)
        lowered = error.error.lower()
        if self._source_url and _ABOUT_THE_STREAM in lowered:
            kind: type[RemoteError] = ServiceRequestError
        elif known := kind_of(report):
            kind = known
        elif self.state is State.LOADING and any(word in lowered for word in _ABOUT_THE_TOKEN):
            kind = AuthenticationError
        else:
            kind = ServiceError
        return kind(
            ErrorText.SERVICE_SAYS if report.text else ErrorText.SERVICE_SAYS_NOTHING,
            provider=PROVIDER,
            retry_after_s=error.retry_after_s,
            answer=report.text,
        )

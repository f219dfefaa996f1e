"""Handles the events of one client: finds out what an event asks for, and refuses invalid ones."""

import logging
from collections.abc import Callable, Sequence

from ..access import no_token_data
from ..errors import LocalError, one_line
from ..extensions.names import ACCESS_TYPE
from .client_utterance import ClientUtterance
from .connection import Connection
from .failures import error_data
from .info import Program
from .phase import Phase
from .quiet_log import ServiceLogs
from .wire import WireEvent

__all__ = ["Handler"]

_log = logging.getLogger(__name__)


class Handler:
    """The handler of one client."""

    def __init__(
        self,
        connection: Connection,
        *,
        programs: Sequence[Program],
        info: Callable[[], bytes],
        note_event: Callable[[bool], None],
        logs: ServiceLogs,
    ) -> None:
        """Create the handler of a connection.

        ``info`` returns the encoded answer to ``describe``. ``note_event`` is called after an
        event; its argument is True while the client has an utterance with audio.
        """
        self._connection = connection
        self._info = info
        self._note_event = note_event
        self._refusals = logs.refusals
        self._utterance = ClientUtterance(
            connection, programs=programs, on_change=self._report, logs=logs
        )
        self._audio = self._utterance.audio
        self._was_busy = False

    def accepts(self, event: WireEvent) -> bool:
        """Return whether an event can be handled now.

        The next utterance waits for the answer to this one, and audio waits for a slow service.
        """
        match event.type:
            case "audio-chunk":
                is_answering = self._utterance.phase is Phase.ANSWERING
                return not is_answering and not self._audio.must_drain()
            case "transcribe" | "audio-start" | "audio-stop":
                return self._utterance.phase is not Phase.ANSWERING
            case _:
                return True

    @property
    def wants_audio_now(self) -> bool:
        """Whether the next audio should not wait, because it may end the utterance."""
        utterance = self._audio.utterance
        return utterance is not None and utterance.wants_audio_now

    @property
    def phase(self) -> Phase:
        """The stage of the client's utterance."""
        return self._utterance.phase

    @property
    def has_utterance(self) -> bool:
        """Whether the client has an utterance that is not answered."""
        return self._utterance.waits_for_answer

    @property
    def is_busy(self) -> bool:
        """Whether the client has an utterance with audio that is not answered."""
        return self._audio.utterance is not None

    @property
    def is_under_way(self) -> bool:
        """Whether the client waits for an answer, or will do so as soon as its audio begins."""
        return self.has_utterance or self.phase is Phase.REQUESTED

    def audio_behind_s(self, *, now: float) -> float:
        """Return how many seconds the audio is behind the pace of speech; 0 if no audio is due."""
        if self.phase is not Phase.STREAMING:
            return 0.0
        return self._audio.behind_s(now=now)

    def handle(self, event: WireEvent) -> None:
        """Handle an event. Answer an invalid event with an error, and ignore an unknown one."""
        try:
            match event.type:
                case "audio-chunk":
                    self._utterance.audio_chunk(event)
                case "audio-start":
                    self._utterance.audio_start(event)
                case "audio-stop":
                    self._utterance.audio_stop()
                case "transcribe":
                    self._utterance.transcribe(event)
                case "select-program":
                    self._utterance.select_program(event)
                case "describe":
                    self._connection.send_encoded(self._info())
                case "ping":
                    self._connection.send("pong", event.data)
                case _ if event.type == ACCESS_TYPE and "nonce" in event.data:
                    self._connection.send(ACCESS_TYPE, no_token_data())
                case _:
                    _log.debug("ignored a %s event", event.type)
        except LocalError as error:
            self._refuse(event, error)
        self._report()

    def lost(self) -> None:
        """End everything at once, because the client is gone."""
        self._utterance.abandon()

    def begin_stop(self) -> None:
        """Send an error to a client that still sends audio, because the bridge is stopping."""
        self._utterance.begin_stop()

    def stop(self) -> None:
        """Send an error to a client that still waits, and end everything."""
        self._utterance.stop()

    async def done(self) -> None:
        """Wait until all tasks of this handler have ended."""
        await self._utterance.done()

    def _report(self) -> None:
        """Call ``note_event``, except for further events of an utterance that is under way."""
        is_busy = self.is_busy
        if not (is_busy and self._was_busy):
            self._was_busy = is_busy
            self._note_event(is_busy)

    def _refuse(self, event: WireEvent, error: LocalError) -> None:
        """Answer an invalid event with an error, and end the utterance that it belongs to."""
        self._refusals.log(logging.INFO, "refused a %s event: %s", one_line(event.type), error)
        match event.type:
            case "transcribe":
                self._utterance.refuse(error, has_audio=False)
            case "audio-start" | "audio-chunk":
                self._utterance.refuse(error, has_audio=True)
            case _:
                self._connection.send("error", error_data(error))

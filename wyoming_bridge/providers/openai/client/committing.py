"""The base of the dialects in which a commit turns audio into an item: all but vLLM and NIM."""

from collections.abc import Mapping
from typing import Final

from ....audio import AudioFormat
from ....errors import ServiceError, ServiceRequestError
from ....events import FlushDone, PartialText, Unrecognised, Warned
from .. import messages as wire
from .. import transcripts
from ..client_messages import Commit, SessionUpdate
from ..settings import OpenAISettings
from .commit_errors import ends_session, is_empty_commit, is_refused_commit
from .conversion import final_of
from .dialect import Session, error_of
from .items import Items
from .outgoing_audio import OutgoingAudio
from .silent_end import SilentEnd

__all__ = ["CommittingDialect"]

_CONFIG_ID: Final = "config"
"""The ``event_id`` of the configuration message. The server repeats it in errors about this
message."""

_REFUSED: Final = "invalid_request_error"
"""The type of an error that a request of the client caused."""


class CommittingDialect:
    """The base class of the dialects with commits and items. A subclass implements the hooks."""

    min_commit_ms: int = 0
    """Shortest audio of a commit. Shorter audio is padded with silence."""

    takes_every_commit: bool = True
    """Whether the server accepts a commit even while it detects turns."""

    turn_end_margin_ms: int = 1000
    """Silence beyond the configured one, so that the server certainly ends the turn. A voice
    activity detector notices a few hundred milliseconds late that a word has ended."""

    confirms_update: bool = False
    """Whether the answer to a configuration shows that the server has examined all audio that was
    sent before it."""

    names_causes: bool = True
    """Whether an error names the message of the client that caused it. If not, an error counts as
    the answer to a commit whose text has not arrived yet."""

    def __init__(
        self, session: Session, settings: OpenAISettings, *, audio_format: AudioFormat
    ) -> None:
        """Create a dialect without audio."""
        self._session = session
        self._settings = settings
        self._audio = OutgoingAudio(audio_format, write=session.write)
        # Whether the server commits by itself too. Then the client does not know how much of the
        # audio is uncommitted.
        self._ends_turns = settings.ends_turns
        self._items = Items()
        self._commits = 0
        self._is_configured = False
        self._is_finishing = False
        self._partial = ""
        self._silent_end = SilentEnd(confirms=self.confirms_update)

    # The hooks of a dialect.

    def configuration(self) -> Mapping[str, object]:
        """Return the session object of ``session.update``."""
        raise NotImplementedError

    def on_configured(self, configured: wire.Configured) -> None:
        """Compare the server's configuration with the request. By default, do nothing."""

    def is_harmless(self, error: wire.ErrorMessage) -> bool:
        """Return whether an error is known to have no effect. By default, return False."""
        return False

    # The rest of ``Dialect``.

    @property
    def waiting_bytes(self) -> int:
        """Always 0, because all audio is sent at once."""
        return 0

    @property
    def owes_answer(self) -> bool:
        """Whether the text of a commit has not been reported yet."""
        return self._items.owed

    def configure(self, *, now: float) -> None:
        """Send the configuration. The server answers with ``session.updated``."""
        update = SessionUpdate(session=self.configuration(), event_id=_CONFIG_ID)
        self._session.write(update.to_json())

    def send_audio(self, pcm: bytes, *, now: float) -> None:
        """Send audio in the server's format."""
        self._audio.send(pcm)

    def flush(self, flush_id: str, *, now: float) -> None:
        """Commit. Without new audio, the flush waits for the newest open commit, if any."""
        if self._audio.uncommitted_ms:
            self._commit(flush_id)
        elif not self._items.attach(flush_id):
            self._session.report(FlushDone(flush_id=flush_id))

    def finish(self, *, now: float) -> None:
        """Commit the last audio, or send silence if the server must not get a commit."""
        self._is_finishing = True
        if self._audio.uncommitted_ms and self._ends_turns and not self.takes_every_commit:
            self._end_with_silence(now=now)
        elif self._audio.uncommitted_ms:
            self._commit()
        self._report_items()

    def receive(self, message: wire.ServerMessage, *, now: float) -> None:
        """Handle a message of the server."""
        self._silent_end.message_received(now=now)
        match message:
            case wire.Configured() as configured:
                self._take_configured(configured, now=now)
            case wire.ErrorMessage() as error:
                self._take_error(error, now=now)
            case wire.SpeechStarted():
                self._silent_end.speech_started()
            case wire.SpeechStopped():
                self._silent_end.speech_stopped()
            case wire.Committed(item_id=item_id):
                self._items.committed(item_id)
                self._silent_end.committed()
            case transcripts.Delta(item_id=item_id, text=text):
                self._heard(self._items.add(item_id, text), "a delta")
            case transcripts.Completed() as completed:
                final = final_of(completed)
                self._heard(self._items.complete(completed.item_id, final), "a text")
            case wire.ItemFailed() as failed:
                self._session.fail(error_of(failed))
            case _:
                pass

    def next_timeout(self) -> float | None:
        """Return when to stop waiting for an item that the server may never make.

        There is no limit for the answer to a commit, because the transcriber has such a limit.
        """
        return None if self._items.owed else self._silent_end.next_timeout()

    def handle_timeout(self, *, now: float) -> None:
        """Finish if the server has made no item of the last audio."""
        self._silent_end.handle_timeout(now=now)
        self._report_items()

    def _end_with_silence(self, *, now: float) -> None:
        self._audio.send_silence(self._settings.turn_end_ms + self.turn_end_margin_ms)
        if self.confirms_update:
            self.configure(now=now)
        self._silent_end.begin(now=now)

    def _commit(self, *flush_ids: str) -> None:
        # If the server commits by itself, it may have committed all audio just now. Then padding
        # would be an item of its own, and a model may recognise words in silence.
        self._audio.complete(min_ms=0 if self._ends_turns else self.min_commit_ms)
        self._commits += 1
        event_id = f"commit-{self._commits}"
        self._items.commit(event_id, *flush_ids)
        self._session.write(Commit(event_id=event_id).to_json())

    def _take_configured(self, configured: wire.Configured, *, now: float) -> None:
        if self._is_configured:
            self._silent_end.confirmed()
            self._report_items()
            return
        self._is_configured = True
        self.on_configured(configured)
        self._session.ready(now=now, session_id=configured.session_id)

    def _heard(self, is_new: bool, what: str) -> None:  # noqa: FBT001 - the callers pass the result of a call
        if is_new:
            self._report_items()
        else:
            self._session.report(Unrecognised(kind=f"{what} of an item that is complete"))

    def _report_items(self) -> None:
        """Report each complete text as a final text, and all text after them as a partial text."""
        has_final = False
        for event in self._items.release():
            has_final = True
            self._session.report(event)
        partial = self._items.partial
        if partial != self._partial or (partial and has_final):
            self._partial = partial
            if partial:
                self._session.report(PartialText(text=partial))
        if self._is_finishing and not self._items.owed and not self._silent_end.is_waiting:
            self._session.finished()

    def _take_error(self, error: wire.ErrorMessage, *, now: float) -> None:
        session, report = self._session, error.report
        if self.is_harmless(error):
            return
        if not self._is_configured:
            session.fail(error_of(error, otherwise=ServiceRequestError))
        elif self._items.owed and is_empty_commit(report):
            for flush_id in self._items.nothing_in(error.event_id):
                session.report(FlushDone(flush_id=flush_id))
            self._report_items()
        elif self._ends_turns and self._is_refused_commit(error):
            self._items.nothing_in(error.event_id)
            self._end_with_silence(now=now)
        elif self._is_answer(error) or ends_session(report):
            is_refusal = not self.names_causes and error.kind == _REFUSED
            session.fail(
                error_of(error, otherwise=ServiceRequestError if is_refusal else ServiceError)
            )
        else:
            session.report(Warned(text=report.text))

    def _is_answer(self, error: wire.ErrorMessage) -> bool:
        """Return whether an error arrives in place of a text."""
        is_owed = not self.names_causes and self._items.owed
        is_asked = self._items.has_asked(error.event_id)
        return is_owed or is_asked or self._is_refused_commit(error)

    def _is_refused_commit(self, error: wire.ErrorMessage) -> bool:
        return self._items.has_open_commit and is_refused_commit(error.report)

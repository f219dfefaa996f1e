"""The answer to an utterance: partial text while the user speaks, then a transcript or an error."""

import logging
from collections.abc import Callable, Mapping, Sequence

from ..errors import BridgeError
from ..extensions.names import PARTIAL_TYPE
from ..extensions.result import details_context, revision_data
from ..transcriber import Result, Revision, Utterance, log_label
from .failures import error_data
from .quiet_log import QuietLog
from .request import Request

__all__ = ["Answer"]


class Answer:
    """The events of one answer, in order.

    All ``transcript-chunk`` events together are the transcript. Only clients that support chunks
    get them. Other clients would take the first chunk for the whole answer.
    """

    def __init__(
        self,
        send: Callable[[Sequence[tuple[str, Mapping[str, object]]]], None],
        request: Request,
        *,
        log: QuietLog,
    ) -> None:
        """Create the answer to a request. ``send`` sends several events in one write."""
        self._log = log
        self._send_all = send
        self._events: list[tuple[str, Mapping[str, object]]] = []
        self._request = request
        self._started = False
        self._chunked = ""

    async def follow(self, utterance: Utterance) -> bool:
        """Send revisions while an utterance lasts, then the result or the error.

        Return whether it was an error.
        """
        try:
            async for update in utterance.updates():
                if isinstance(update, Revision):
                    self.revise(update)
                else:
                    self.close(update)
        except Exception as error:  # noqa: BLE001 - ``fail`` logs and sends it
            self.fail(error)
            return True
        return False

    def revise(self, revision: Revision) -> None:
        """Send a revision, as a partial and as chunks if the client wants them."""
        if self._request.partials:
            self._send(PARTIAL_TYPE, revision_data(revision))
        self._chunk(revision.settled)
        self._flush()

    def close(self, result: Result) -> None:
        """Send the result."""
        context = details_context(result.details()) if self._request.partials else {}
        self._chunk(result.text)
        self._transcript(result.text, result.language, context)
        if self._started:
            self._send("transcript-stop", {})
        self._flush()
        self._log.log(
            logging.INFO,
            "%s: %.1f s of audio (ended: %s), answered %.0f ms after its end%s",
            log_label(result.profile, self._request.options.utterance_id),
            result.timing.audio_ms / 1000,
            result.endpoint,
            result.timing.final_ms or 0,
            "" if result.complete else "; the service did not confirm the last words",
        )

    def close_empty(self) -> None:
        """Answer an utterance without audio."""
        self._transcript("", None, {})
        self._flush()

    def fail(self, error: Exception) -> None:
        """Log an error, and send it instead of a result."""
        profile = self._request.program.name
        label = log_label(profile, self._request.options.utterance_id)
        if isinstance(error, BridgeError):
            self._log.log(logging.WARNING, "%s: %s", label, error)
        else:
            self._log.log(logging.ERROR, "%s: failed", label, exc_info=error)
        self._send("error", error_data(error, profile=profile))
        self._flush()

    def _send(self, kind: str, data: Mapping[str, object]) -> None:
        self._events.append((kind, data))

    def _flush(self) -> None:
        events, self._events = self._events, []
        if events:
            self._send_all(events)

    def _chunk(self, settled: str) -> None:
        """Send the part of a settled text that was not sent yet.

        A service may later change settled text. Chunks cannot be taken back, so the bridge then
        sends another ``transcript-start`` and all chunks again. Only the chunks after the last
        ``transcript-start`` are valid.
        """
        if not self._request.chunks:
            return
        if not settled.startswith(self._chunked):
            self._start()
        added = settled[len(self._chunked) :]
        if added:
            if not self._started:
                self._start()
            self._send("transcript-chunk", {"text": added})
            self._chunked = settled

    def _start(self) -> None:
        self._send("transcript-start", {})
        self._started = True
        self._chunked = ""

    def _transcript(self, text: str, detected: str | None, context: Mapping[str, object]) -> None:
        data: dict[str, object] = {"text": text}
        language = detected or self._request.options.language
        if language:
            data["language"] = language
        if context:
            data["context"] = context
        self._send("transcript", data)

"""The service's side of a request that transcribes prerecorded audio, for the local server."""

import json
from typing import Final

from ...events import FinalText, PartialText
from ..contract import HttpAnswer
from ..serving import End
from .messages import Reson8Transcript
from .refusal import refusal
from .server import Reson8Server
from .session import code_of_failure
from .words import words_of

__all__ = ["Reson8Recording"]

_STATUSES: Final = {"INVALID_REQUEST": 400, "TOO_MANY_REQUESTS": 429}
"""The HTTP status of some error codes. All other codes have status 500."""


class Reson8Recording(Reson8Server):
    """A session whose audio is the body of a request. Segments end as in a websocket session."""

    answer: HttpAnswer | None = None
    streams = False
    _has_ended = False

    def receive_field(self, name: str, value: str) -> None:
        """Do nothing: the body is audio, and the parameters are in the query."""

    def audio_ended(self) -> None:
        """Request the last final text."""
        self._has_ended = True
        self._begin_segment()
        self._requests.append(None)
        self.command(End())

    def report(self, result: PartialText | FinalText) -> None:
        """Collect the texts. The last one completes the answer."""
        if self.answer or isinstance(result, PartialText):
            return
        if result.text:
            self._finals.append(result)
        if self._requests:
            self._requests.popleft()
        self.final_sent()
        if self._has_ended and not self.finals_owed:
            self.answer = HttpAnswer(
                status=200,
                headers={"Content-Type": "application/json"},
                body=json.dumps(self._joined().fields()),
            )

    def fail(self, text: str, *, code: str = "") -> None:
        """Answer with an error."""
        code = code_of_failure(code)
        self.answer = self.answer or refusal(_STATUSES.get(code, 500), code, text)

    def _joined(self) -> Reson8Transcript:
        query, finals = self._query, self._finals
        timed = query.include_timestamps
        words = [word for final in finals for word in final.words]
        return Reson8Transcript(
            text=" ".join(final.text for final in finals),
            start_ms=0 if timed else None,
            duration_ms=round(self._heard_ms) if timed else None,
            words=words_of(words, query) if query.include_words else None,
        )

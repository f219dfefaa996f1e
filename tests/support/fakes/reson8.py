"""A fake of Reson8, from its "Realtime" page.

The session begins when the websocket is open. After ``flush_request`` the service sends its text so
far as a final transcript, and then ``flush_confirmation`` with the same id. The flags of the query
set the fields of a transcript.
"""

from websockets.http11 import Request

from .audio import SpokenWord
from .faults import Json
from .service import FakeService
from .session import Record, Session

__all__ = ["Reson8Fake"]


class _Session(Session):
    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self._words: list[SpokenWord] = []

    def _has(self, flag: str) -> bool:
        return self.parameters.get(flag) == "true"

    def is_final(self, message: Json) -> bool:
        return message.get("is_final", True) is True

    def on_text(self, message: Json) -> None:
        if message.get("type") != "flush_request":
            return
        if self._words:
            self._transcript(is_final=True)
            self._words = []
        self.send({"type": "flush_confirmation", "id": message.get("id")})

    def on_binary(self, data: bytes) -> None:
        self.record.audio += data
        for word in self.reader.feed(data):
            self._words.append(word)
            if self._has("include_interim"):
                self._transcript(is_final=False)

    def _transcript(self, *, is_final: bool) -> None:
        words = self._words
        message: Json = {"type": "transcript", "text": " ".join(word.text for word in words)}
        if self._has("include_interim"):
            message["is_final"] = is_final
        if self._has("include_timestamps"):
            message |= _times(words[0].start_ms, words[-1].end_ms)
        if self._has("include_words"):
            message["words"] = [self._word(word) for word in words]
        self.send(message)

    def _word(self, word: SpokenWord) -> Json:
        fields: Json = {"text": word.text}
        if self._has("include_timestamps"):
            fields |= _times(word.start_ms, word.end_ms)
        if self._has("include_confidence"):
            fields["confidence"] = 0.98
        return fields


def _times(start_ms: int, end_ms: int) -> Json:
    return {"start_ms": start_ms, "duration_ms": end_ms - start_ms}


class Reson8Fake(FakeService):
    """The service at ``/v1/speech-to-text/realtime``."""

    session = _Session
    subprotocol = "bearer"

    def permits(self, request: Request) -> bool:
        offered = request.headers.get("Sec-WebSocket-Protocol", "")
        return (
            request.headers.get("Authorization") in {f"ApiKey {self.token}", f"Bearer {self.token}"}
            or f"bearer, {self.token}" in offered
        )

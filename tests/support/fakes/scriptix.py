"""A fake of Scriptix, from its "WebSocket Connection" and "Start a connection" pages.

The client sends ``{"action":"start"}`` and then audio, which is processed once the service is
listening. A final follows after about 15 words or 30 s of audio, and at ``{"action":"stop"}``. Word
times count from the ``offset_ms`` of their segment.
"""

from urllib.parse import parse_qs, urlsplit

from websockets.http11 import Request

from .audio import SpokenWord
from .faults import Json
from .service import FakeService
from .session import Record, Session

__all__ = ["ScriptixFake"]

_FINAL_WORDS = 15
_FINAL_MS = 30_000
_TOKEN_HEADERS = ("x-zoom-s2t-key", "x-api-key", "api-key")


class _Session(Session):
    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self._is_listening = False
        self._is_stopped = False
        self._words: list[SpokenWord] = []
        self._offset_ms = 0

    def is_final(self, message: Json) -> bool:
        return message.get("is_final") is True or message.get("state") == "stopped"

    def on_text(self, message: Json) -> None:
        match message.get("action"):
            case "start":
                self.send({"state": "loading"})
                self.send({"state": "listening"})
                self._is_listening = True
            case "stop":
                self._is_stopped = True
                self._final()
                self.send({"state": "stopped"})
                self.close()
            case action:
                self.send({"error": f"unknown action {action}"})

    def on_binary(self, data: bytes) -> None:
        if not self._is_listening or self._is_stopped:
            return
        self.record.audio += data
        for word in self.reader.feed(data):
            if not self._words:
                self._offset_ms = word.start_ms
            self._words.append(word)
            self.send(
                {
                    "text": self._text,
                    "is_final": False,
                    "offset_ms": self._offset_ms,
                    "stability": 0.6,
                }
            )
            if len(self._words) == _FINAL_WORDS:
                self._final()
        if self._words and self.reader.ms - self._offset_ms >= _FINAL_MS:
            self._final()

    @property
    def _text(self) -> str:
        return " ".join(word.text for word in self._words)

    def _final(self) -> None:
        if not self._words:
            return
        start_ms = self._offset_ms
        self.send(
            {
                "text": self._text,
                "is_final": True,
                "offset_ms": start_ms,
                "words": [
                    [f" {word.text}", word.start_ms - start_ms, word.end_ms - start_ms, 0.95]
                    for word in self._words
                ],
            }
        )
        self._words = []


class ScriptixFake(FakeService):
    """The service at ``/v2/realtime``."""

    session = _Session

    def permits(self, request: Request) -> bool:
        query = parse_qs(urlsplit(request.path).query)
        given = [*query.get("token", ()), *(request.headers.get(name) for name in _TOKEN_HEADERS)]
        return self.token in given

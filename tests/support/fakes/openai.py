"""Fakes of OpenAI and vLLM.

OpenAI's fake is written from the guide to realtime transcription and the types of the client
library: a session is configured by ``session.update``, each commit makes an item, and text is sent
before the commit too, as by ``gpt-live-transcribe``. The fake announces 16 kHz, because resampling
would change the samples that encode the words. vLLM's fake is written from vLLM's code: there is
one generation at a time, which a commit begins and another commit ends. The fake answers audio
outside of a generation with an error.
"""

import base64

from websockets.http11 import Request

from .audio import SpokenWord
from .faults import Json
from .service import FakeService
from .session import Record, Session

__all__ = ["OpenAIFake", "VllmFake"]

_ITEM = "conversation.item.input_audio_transcription"


class _Session(Session):
    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self._words: list[SpokenWord] = []

    @property
    def _text(self) -> str:
        return " ".join(word.text for word in self._words)

    def is_final(self, message: Json) -> bool:
        return message.get("type") in {f"{_ITEM}.completed", "transcription.done"}

    def on_binary(self, data: bytes) -> None:
        self._refuse("a message must be text")

    def _refuse(self, text: str) -> None:
        raise NotImplementedError

    def _hear(self, message: Json) -> list[SpokenWord]:
        audio = message.get("audio")
        assert isinstance(audio, str)
        pcm = base64.b64decode(audio, validate=True)
        self.record.audio += pcm
        return self.reader.feed(pcm)


class _OpenAISession(_Session):
    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self._item = 1
        self._committed_ms = 0
        self._is_configured = False

    def on_open(self) -> None:
        self._send_session("session.created")

    def _send_session(self, kind: str) -> None:
        audio = {"input": {"format": {"type": "audio/pcm", "rate": 16000}}}
        session = {"type": "transcription", "id": "sess_1", "audio": audio}
        self.send({"type": kind, "event_id": "event_1", "session": session})

    def on_text(self, message: Json) -> None:
        match message.get("type"):
            case "session.update":
                self._is_configured = True
                self._send_session("session.updated")
            case "input_audio_buffer.append" if self._is_configured:
                for word in self._hear(message):
                    space = " " if self._words else ""
                    self._words.append(word)
                    self._send_item("delta", delta=f"{space}{word.text}")
            case "input_audio_buffer.commit" if self._is_configured:
                self._commit(message)
            case kind:
                self._refuse(f"unexpected {kind}")

    def _commit(self, message: Json) -> None:
        if self.reader.ms - self._committed_ms < 100:
            error = {
                "type": "invalid_request_error",
                "code": "input_audio_buffer_commit_empty",
                "message": "buffer too small",
                "event_id": message.get("event_id"),
            }
            self.send({"type": "error", "event_id": "event_1", "error": error})
            return
        self._committed_ms = self.reader.ms
        item_id = f"item_{self._item}"
        self.send({"type": "input_audio_buffer.committed", "item_id": item_id})
        self._send_item("completed", transcript=self._text)
        self._words = []
        self._item += 1

    def _send_item(self, kind: str, **fields: object) -> None:
        item_id = f"item_{self._item}"
        self.send({"type": f"{_ITEM}.{kind}", "item_id": item_id, "content_index": 0, **fields})

    def _refuse(self, text: str) -> None:
        error = {"type": "invalid_request_error", "code": "invalid_value", "message": text}
        self.send({"type": "error", "event_id": "event_1", "error": error})


class _VllmSession(_Session):
    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self._is_generating = False

    def on_open(self) -> None:
        self.send({"type": "session.created", "id": "sess-1", "created": 1795887074})

    def on_text(self, message: Json) -> None:
        match message:
            case {"type": "session.update", "model": str()}:
                pass
            case {"type": "input_audio_buffer.append"} if self._is_generating:
                for word in self._hear(message):
                    self._words.append(word)
                    self.send({"type": "transcription.delta", "delta": f" {word.text}"})
            case {"type": "input_audio_buffer.commit", "final": True} if self._is_generating:
                self.send({"type": "transcription.done", "text": f" {self._text}"})
                self._words = []
                self._is_generating = False
            case {"type": "input_audio_buffer.commit"} if not message.get("final"):
                self._is_generating = True
            case _:
                self._refuse(f"unexpected {message.get('type')}")

    def _refuse(self, text: str) -> None:
        self.send({"type": "error", "error": text, "code": "invalid_event"})


class OpenAIFake(FakeService):
    """The service at ``/v1/realtime``."""

    session = _OpenAISession

    def permits(self, request: Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {self.token}"


class VllmFake(OpenAIFake):
    """The server at ``/v1/realtime``."""

    session = _VllmSession

"""Doubles of servers that speak a dialect of OpenAI's protocol, and that tests cannot run.

They are written from the servers' own code or client libraries, do not use the package's message
classes, and refuse what the real servers refuse. Each is the server's end of one session.
"""

import base64
import json
from array import array
from collections import deque
from itertools import count

from wyoming_bridge.audio import PCM_16K_MONO, AudioFormat, Encoding
from wyoming_bridge.events import FinalText, PartialText
from wyoming_bridge.providers.contract import CloseCode, Message
from wyoming_bridge.providers.server_base import ServerBase
from wyoming_bridge.providers.server_request import ServerRequest
from wyoming_bridge.providers.serving import Close, End, Feed, Flush

__all__ = ["LocalAIDouble", "NimDouble", "SpeachesDouble", "numbered_words"]

Json = dict[str, object]


class _Double(ServerBase):
    audio_format = PCM_16K_MONO

    def __init__(self) -> None:
        super().__init__()
        self.received: list[Json] = []
        self._ids = count(1)

    @classmethod
    def accept(cls, _request: ServerRequest, _now: float) -> "_Double":
        return cls()

    def receive_message(self, message: Message, *, now: float) -> None:
        values: Json = json.loads(message)
        self.received.append(values)
        self.take(values)

    def take(self, message: Json) -> None:
        raise NotImplementedError

    def send(self, kind: str, **fields: object) -> None:
        self.write(json.dumps({"type": kind, **fields}))

    def error(self, message: str, *, code: str | None = None) -> None:
        kind = "invalid_request_error"
        self.send("error", error={"type": kind, "code": code, "message": message})

    def fail(self, text: str, *, code: str = "") -> None:
        self.send("error", error={"type": "server_error", "code": code, "message": text})
        self.close = Close(code=CloseCode.INTERNAL_ERROR)


def _audio_in(message: Json) -> bytes:
    audio = message["audio"]
    assert isinstance(audio, str)
    return base64.b64decode(audio, validate=True)


_EAGERNESS_MS = {"low": 8000, "medium": 4000, "auto": 4000, "high": 2000}

_LOUD = 1000
"""Audio counts as sound from this sample value on. Next to sound, a resampler turns the zeros of
silence into small values, which must not count as sound."""


class _Detection:
    """A detector of turns for which all loud audio is speech.

    Each piece of audio causes at most one event.

    With ``silence_ms`` of None, it hears no speech.
    """

    def __init__(self, audio_format: AudioFormat, *, silence_ms: float | None) -> None:
        self.silence_ms = silence_ms
        self.hears_speech = False
        self.loud_ms = 0.0
        self._format = audio_format
        self._quiet_ms = 0.0

    def feed(self, audio: bytes) -> str | None:
        """Return the event for a piece of audio: ``started``, ``stopped`` or None."""
        is_loud, size = False, self._format.bytes_of(10)
        for frame in (audio[start : start + size] for start in range(0, len(audio), size)):
            duration_ms = self._format.duration_ms(len(frame))
            if max(map(abs, array("h", frame))) > _LOUD:
                self.loud_ms += duration_ms
                self._quiet_ms, is_loud = 0.0, True
            else:
                self._quiet_ms += duration_ms
        if self.silence_ms is None:
            return None
        if not self.hears_speech:
            self.hears_speech = is_loud
            return "started" if is_loud else None
        self.hears_speech = self._quiet_ms < self.silence_ms
        return None if self.hears_speech else "stopped"


class LocalAIDouble(_Double):
    """LocalAI at its commit 82c191a.

    The server detects turns by default, and refuses commits while it does. The answer to a commit
    has an id that no other event has. A commit cancels a transcription that is running.

    With ``semantic_vad`` the server sends words while it hears speech, as in revision 9d896a3. Then
    all events of an item have the same id.
    """

    def __init__(self) -> None:
        super().__init__()
        self._detection = _Detection(self.audio_format, silence_ms=500)
        self._running: deque[bool] = deque()  # per commit: whether its text will be sent
        self._is_live = False
        self._live_id = ""
        self._live_text = ""

    def open(self, *, now: float) -> None:
        self._session("session.created")

    def take(self, message: Json) -> None:
        match message["type"]:
            case "session.update":
                self._update(message["session"])
            case "input_audio_buffer.append":
                audio = _audio_in(message)
                self.command(Feed(audio=audio))
                if event := self._detection.feed(audio):
                    self.send(f"input_audio_buffer.speech_{event}", event_id="event_TODO")
                if event == "stopped":
                    self._commit()
            case "input_audio_buffer.commit" if self._detection.silence_ms is not None:
                self.error("not implemented: commit with VAD", code="not_implemented")
            case "input_audio_buffer.commit":
                self._commit()
            case _:
                pass  # unknown types are ignored

    def _commit(self) -> None:
        self._running = deque(False for _ in self._running)
        self._running.append(True)
        self.send("input_audio_buffer.committed", item_id=self._new_id())
        self.command(Flush())

    def _new_id(self) -> str:
        if not self._is_live or not self._live_id:
            self._live_id = f"item_{next(self._ids)}"
        return self._live_id

    def _update(self, session: object) -> None:
        assert isinstance(session, dict)
        assert session["type"] == "transcription"
        audio_input = session["audio"]["input"]
        assert audio_input["format"] == {"type": "audio/pcm", "rate": 16000}
        if "turn_detection" in audio_input:
            detection = audio_input["turn_detection"] or {}
            self._is_live = detection.get("type") == "semantic_vad"
            eagerness_ms = _EAGERNESS_MS.get(detection.get("eagerness"))
            self._detection.silence_ms = detection.get("silence_duration_ms", eagerness_ms)
        self._session("session.updated")

    def _session(self, kind: str) -> None:
        session = {"id": "sess_1", "object": "realtime.session", "audio": {"input": {}}}
        self.send(kind, event_id="event_TODO", session=session)

    def report(self, result: PartialText | FinalText) -> None:
        if isinstance(result, PartialText):
            if self._is_live:
                delta = result.text.removeprefix(self._live_text)
                self._live_text = result.text
                self._send_text("delta", delta=delta)
            return
        if self._running and self._running.popleft():
            self._send_text("completed", transcript=result.text)
        self._live_id = self._live_text = ""
        self.final_sent()

    def _send_text(self, kind: str, **text: str) -> None:
        self.send(
            f"conversation.item.input_audio_transcription.{kind}",
            event_id="event_TODO",
            item_id=self._new_id(),
            content_index=0,
            **text,
        )


class NimDouble(_Double):
    """NVIDIA's NIM, as version 2.28.0 of its client library expects it.

    Audio is transcribed only after a commit. If ``force_eou`` requests a text and there are no
    words, the server sends no text.
    """

    def __init__(self) -> None:
        super().__init__()
        self._appended = b""
        self._is_forced = False
        self._requests: deque[bool] = deque()  # per text: whether it is the last one

    def open(self, *, now: float) -> None:
        self.send("conversation.created", event_id="e1", conversation={"id": "conv_1"})

    def take(self, message: Json) -> None:
        match message["type"]:
            case "transcription_session.update":
                session = message["session"]
                assert isinstance(session, dict)
                assert session["input_audio_format"] == "pcm16"
                assert session["input_audio_params"] == {"sample_rate_hz": 16000, "num_channels": 1}
                self.send("transcription_session.updated", session=session)
            case "input_audio_buffer.append":
                self._appended += _audio_in(message)
                self._is_forced = message.get("runtime_config") == {"force_eou": "true"}
            case "input_audio_buffer.commit":
                appended, self._appended = self._appended, b""
                self.command(Feed(audio=appended))
                if self._is_forced:
                    self._is_forced = False
                    self._request(is_last=False)
            case "input_audio_buffer.done":
                self._request(is_last=True)
            case kind:
                self.error(f"unknown event {kind}")

    def _request(self, *, is_last: bool) -> None:
        self._requests.append(is_last)
        self.command(End() if is_last else Flush())

    def report(self, result: PartialText | FinalText) -> None:
        if isinstance(result, PartialText):
            kind = "conversation.item.input_audio_transcription.delta"
            self.send(kind, item_id="item_1", content_index=0, delta=result.text)
            return
        is_last = self._requests.popleft()
        if result.text or is_last:
            self.send(
                "conversation.item.input_audio_transcription.completed",
                item_id="item_1",
                transcript=result.text,
                is_last_result=is_last,
                words_info={
                    "words": [
                        {
                            "word": word.text,
                            "start_time": word.start_ms,
                            "end_time": word.end_ms,
                            "confidence": 0.9,
                            "speaker_tag": 0,
                        }
                        for word in result.words
                    ]
                },
            )
        self.final_sent()


class SpeachesDouble(_Double):
    """Speaches at its commit 870e1e1.

    Only the flat form of the configuration has an effect. With a threshold of 1.0 the detection
    hears no speech. A commit during speech breaks the connection. The texts of two commits arrive
    in reverse order. They are the words of ``numbered_words``, because the client has to resample
    the audio, which changes the words of the scripted engine.
    """

    audio_format = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=24000, channels=1)
    _FIELDS = frozenset(
        {"type", "threshold", "prefix_padding_ms", "silence_duration_ms", "create_response"}
    )

    def __init__(self) -> None:
        super().__init__()
        self.heard_ms = 0.0
        self._detection = _Detection(self.audio_format, silence_ms=550)
        self._buffered_ms = 0.0
        self._items: deque[str] = deque()
        self._texts: list[Json] = []

    def open(self, *, now: float) -> None:
        self._session("session.created")

    def _session(self, kind: str) -> None:
        self.send(kind, event_id="event_1", session={"id": "sess_1", "input_audio_format": "pcm16"})

    def take(self, message: Json) -> None:
        match message["type"]:
            case "session.update":
                self._update(message["session"])
            case "input_audio_buffer.append":
                audio = _audio_in(message)
                duration_ms = self.audio_format.duration_ms(len(audio))
                self._buffered_ms += duration_ms
                self.heard_ms += duration_ms
                self.command(Feed(audio=audio))
                if event := self._detection.feed(audio):
                    self.send(f"input_audio_buffer.speech_{event}")
                if event == "stopped":
                    self._make_item()
            case "input_audio_buffer.commit":
                self._commit()
            case kind:
                self.error(f"1 validation error: {kind}")

    def _update(self, session: object) -> None:
        assert isinstance(session, dict)
        detection = session.get("turn_detection", {})
        if detection is None or (detection and set(detection) != self._FIELDS):
            self.error("2 validation errors for SessionUpdateEvent")
            return
        if "prefix_padding_ms" in detection:
            name = "session.turn_detection.prefix_padding_ms"
            self.error(
                f"Specifying `{name}` is not supported. The server either does not support this "
                "field or it is not configurable."
            )
        if detection:
            can_hear = detection["threshold"] < 1.0
            self._detection.silence_ms = detection["silence_duration_ms"] if can_hear else None
        self._session("session.updated")

    def _commit(self) -> None:
        if self._buffered_ms < 100:
            self.error("Error committing input audio buffer: buffer too small.")
            return
        if self._detection.hears_speech:
            self.close = Close(code=CloseCode.INTERNAL_ERROR)
            return
        self._make_item()

    def _make_item(self) -> None:
        self._buffered_ms = 0.0
        item_id = f"item_{next(self._ids)}"
        self._items.append(item_id)
        self.send("input_audio_buffer.committed", item_id=item_id, previous_item_id=None)
        self.send("conversation.item.created", item={"id": item_id}, previous_item_id=None)
        self.command(Flush())

    def report(self, result: PartialText | FinalText) -> None:
        if isinstance(result, PartialText):
            return
        words = numbered_words(self._detection.loud_ms)
        self._detection.loud_ms = 0.0
        self._texts.append({"item_id": self._items.popleft(), "transcript": " ".join(words)})
        self.final_sent()
        if not self.finals_owed:
            for text in reversed(self._texts):
                self.send(
                    "conversation.item.input_audio_transcription.completed",
                    content_index=0,
                    usage={"type": "duration", "seconds": 1.0},
                    **text,
                )
            self._texts.clear()


def numbered_words(loud_ms: float) -> list[str]:
    """Return the words of Speaches' double: one for each 200 ms of sound, numbered per item."""
    return [f"word{number}" for number in range(1, round(loud_ms / 200) + 1)]

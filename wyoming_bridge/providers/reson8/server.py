"""The service's end of a Reson8 session, as the local realtime server plays it."""

from collections import deque
from dataclasses import dataclass

from ...audio import AudioFormat, Encoding
from ...errors import AudioFormatError, ProtocolViolationError
from ...events import Final, Partial
from ...media.container import Container
from ..contract import HttpAnswer, Message
from ..serving import Close, Feed, Flush, ServerBase, ServerRequest
from .messages import (
    ErrorMessage,
    FlushConfirmation,
    Transcript,
    TranscriptWord,
    read_client_message,
)

__all__ = ["Reson8Server"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Query:
    """What the client asked for."""

    audio_format: AudioFormat
    containers: frozenset[Container]
    include_timestamps: bool
    include_words: bool
    include_confidence: bool
    include_interim: bool


class Reson8Server(ServerBase):
    """Sans-I/O server of one session."""

    def __init__(self, query: _Query, *, subprotocol: str | None) -> None:
        super().__init__()
        self._query = query
        self._interim = ""
        self._flush_ids: deque[str | None] = deque()
        self.audio_format = query.audio_format
        self.containers = query.containers
        self.subprotocol = subprotocol

    @classmethod
    def accept(
        cls, request: ServerRequest, *, tokens: frozenset[str]
    ) -> "Reson8Server | HttpAnswer":
        """Answer an upgrade; an empty set of tokens lets everybody in."""
        offered = [p.strip() for p in request.headers.get("sec-websocket-protocol", "").split(",")]
        in_subprotocol = len(offered) > 1 and offered[0] == "bearer"
        scheme, _, header_token = request.headers.get("authorization", "").partition(" ")
        known_scheme = scheme.lower() in {"apikey", "bearer"}
        token = offered[1] if in_subprotocol else header_token.strip() if known_scheme else ""
        if tokens and token not in tokens:
            return _refuse(401, "UNAUTHORIZED", "Invalid or expired credentials")
        try:
            query = _read_query(request)
        except (AudioFormatError, ValueError) as err:
            return _refuse(400, "INVALID_REQUEST", str(err))
        # A browser fails the handshake unless a protocol that it offered is selected; the token
        # it offered beside it must not be echoed.
        return cls(query, subprotocol="bearer" if in_subprotocol else None)

    def open(self, *, now: float) -> None:
        """No greeting."""

    def receive_message(self, message: Message, *, now: float) -> None:
        """Audio or a flush."""
        if self.close:
            return
        if isinstance(message, bytes):
            self.command(Feed(audio=message))
            return
        try:
            flush = read_client_message(message)
        except ProtocolViolationError as err:
            self.write(ErrorMessage(code="INVALID_REQUEST", message=err.message).to_json())
            return
        self._flush_ids.append(flush.id)
        self.command(Flush())

    def report(self, result: Partial | Final) -> None:
        """Send a transcript; a final answers the oldest flush."""
        if isinstance(result, Partial):
            if self._query.include_interim:
                self._interim = result.text
                self.write(Transcript(text=result.text, is_final=False).to_json())
            return
        if result.text or self._interim:  # an empty final takes back what was wrongly heard
            self._interim = ""
            self.write(self._transcript(result).to_json())
        if self._flush_ids:
            self.write(FlushConfirmation(id=self._flush_ids.popleft()).to_json())

    def fail(self, text: str, *, code: str = "") -> None:
        """The engine failed."""
        self.write(ErrorMessage(code="INTERNAL_ERROR", message=text).to_json())
        self.close = Close(code=1011, reason="INTERNAL_ERROR")

    def _transcript(self, final: Final) -> Transcript:
        """A final with the fields that the client's flags ask for."""
        query = self._query
        start, duration = _span(final.start_ms, final.end_ms)
        timed = query.include_timestamps
        return Transcript(
            text=final.text,
            is_final=True if query.include_interim else None,
            start_ms=start if timed else None,
            duration_ms=duration if timed else None,
            words=tuple(
                TranscriptWord(
                    text=word.text,
                    start_ms=_span(word.start_ms, word.end_ms)[0] if timed else None,
                    duration_ms=_span(word.start_ms, word.end_ms)[1] if timed else None,
                    confidence=word.confidence if query.include_confidence else None,
                )
                for word in final.words
            )
            if query.include_words
            else None,
        )


def _span(start_ms: int | None, end_ms: int | None) -> tuple[int | None, int | None]:
    """Start and duration."""
    return start_ms, None if start_ms is None or end_ms is None else end_ms - start_ms


def _refuse(status: int, code: str, text: str) -> HttpAnswer:
    return HttpAnswer(status=status, headers={"X-Error-Message": text}, body=f'{{"code":"{code}"}}')


def _read_query(request: ServerRequest) -> _Query:
    """Read the query parameters.

    Raises:
        ValueError: A parameter is not of its type.
        AudioFormatError: The rate or the channel count is not possible.
    """
    encoding = request.first("encoding") or "auto"
    if encoding not in {"auto", "pcm_s16le"}:
        raise ValueError("encoding: allowed is auto or pcm_s16le")
    return _Query(
        audio_format=AudioFormat(
            encoding=Encoding.PCM_S16LE,
            sample_rate_hz=_whole_number(request, "sample_rate", 16000),
            channels=_whole_number(request, "channels", 1),
        ),
        containers=frozenset({Container.WAV} if encoding == "auto" else ()),
        include_timestamps=request.flag("include_timestamps"),
        include_words=request.flag("include_words"),
        include_confidence=request.flag("include_confidence"),
        include_interim=request.flag("include_interim"),
    )


def _whole_number(request: ServerRequest, name: str, default: int) -> int:
    value = request.first(name)
    if value is None:
        return default
    if not value.isascii() or not value.isdigit():
        raise ValueError(f"{name}: allowed is a whole number")
    return int(value)

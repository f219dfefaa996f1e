"""The engine of a service in memory. It derives words from the audio's bytes, without delay."""

from ..audio import PCM_16K_MONO, Converter
from ..events import FinalText, PartialText, Word
from ..local.engines.scripted import DEFAULT_BLOCK_MS, scripted_words
from ..providers.serving import End, EndSegment, Feed, Flush, ServerProtocol

__all__ = ["InstantEngine"]


class InstantEngine:
    """Recognises the same words as the scripted engine (``scripted_words``), but without delay."""

    def __init__(self, server: ServerProtocol) -> None:
        self._server = server
        self._converter = Converter(source=server.audio_format, target=PCM_16K_MONO)
        self._waiting = bytearray()
        self._read_bytes = 0
        self._segment_start_ms = 0
        self._words: list[Word] = []

    def run_commands(self) -> None:
        """Run the new commands of the server, and report the results to the server."""
        for command in self._server.commands_received():
            match command:
                case Feed(audio=audio):
                    pcm = self._converter.convert(audio)
                    self._feed(pcm)
                    self._server.hear(pcm, now=0)
                    self.run_commands()
                case EndSegment():
                    self._flush()
                case Flush() | End():
                    if not self._converter.passthrough:
                        self._feed(self._converter.flush())
                    self._flush()

    def _feed(self, pcm: bytes) -> None:
        self._waiting += pcm
        block = PCM_16K_MONO.bytes_of(DEFAULT_BLOCK_MS)
        while len(self._waiting) >= block:
            self._recognise(block)

    def _flush(self) -> None:
        self._recognise(len(self._waiting))
        self._server.report(
            FinalText(
                text=self._text,
                words=tuple(self._words),
                start_ms=self._segment_start_ms,
                end_ms=self._now_ms,
            )
        )
        self._words.clear()
        self._segment_start_ms = self._now_ms

    def _recognise(self, size: int) -> None:
        block = bytes(self._waiting[:size])
        del self._waiting[:size]
        start_ms = self._now_ms
        self._read_bytes += size
        for word in scripted_words(block):  # one word, or no word for silence
            self._words.append(
                Word(text=word, start_ms=start_ms, end_ms=self._now_ms, confidence=1.0)
            )
            self._server.report(PartialText(text=self._text, start_ms=self._segment_start_ms))

    @property
    def _text(self) -> str:
        return " ".join(word.text for word in self._words)

    @property
    def _now_ms(self) -> int:
        return int(PCM_16K_MONO.duration_ms(self._read_bytes))

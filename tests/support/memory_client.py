"""A client of a bridge's server without a socket: what it sends, and what it has received."""

import asyncio
import json
import logging

from utterances import an_utterance
from wyoming_bridge.audio import AudioFormat
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.server.connection import Connection
from wyoming_bridge.server.event_decoder import EventDecoder
from wyoming_bridge.server.handler import Handler
from wyoming_bridge.server.info import Program
from wyoming_bridge.server.large_events import LargeEventTurns
from wyoming_bridge.server.quiet_log import ServiceLogs
from wyoming_bridge.server.read_pacer import PacedClient, ReadPacer
from wyoming_bridge.server.wire import WireEvent
from wyoming_bridge.testing import FakeConnector, ScriptedServer
from wyoming_bridge.transcriber import Limits, RequestOptions, Utterance

FORMAT = {"rate": 16000, "width": 2, "channels": 1}


class MemoryTransport(asyncio.Transport):
    """A transport that records the bytes that are written. It has no socket."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.has_ended = False
        self.is_closed = False

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self if name == "socket" else default

    def fileno(self) -> int:
        return -1

    def write(self, data: bytes) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return 0

    def write_eof(self) -> None:
        self.has_ended = True

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    abort = close

    def pause_reading(self) -> None:
        pass

    resume_reading = pause_reading


class NoPacer(ReadPacer):
    """A pacer that never reads, because the test passes the bytes itself."""

    def add(self, client: PacedClient) -> None:
        pass


class Client:
    """The client's end of a connection that has no socket."""

    def __init__(self, *, audio_timeout_s: float = 10, limits: Limits | None = None) -> None:
        self.service = FakeConnector(ScriptedServer.accept)
        self.utterances: list[Utterance] = []
        self._limits = limits or Limits()
        self._buffer = bytearray(1 << 17)
        self.transport = MemoryTransport()
        program = Program(
            name="p",
            description="",
            languages=(),
            endpointing=RECORDING,
            audio_timeout_s=audio_timeout_s,
            new_utterance=self._utterance,
        )
        logs = ServiceLogs(logging.getLogger(__name__))

        def new_handler(connection: Connection) -> Handler:
            self.handler = Handler(
                connection,
                programs=[program],
                info=lambda: b"",
                note_event=lambda _is_busy: connection.admit(),
                logs=logs,
            )
            return self.handler

        self.connection = Connection(
            new_handler=new_handler,
            on_leaving=lambda _: None,
            on_lost=lambda _: None,
            read_into=self._buffer,
            read_pacer=NoPacer(),
            large_events=LargeEventTurns(),
            log=logs.refusals,
        )
        self.connection.connection_made(self.transport)

    def _utterance(self, source: AudioFormat, _options: RequestOptions) -> Utterance:
        self.utterances.append(an_utterance(self.service, source=source, limits=self._limits))
        return self.utterances[-1]

    def send(self, *sent: bytes) -> None:
        whole = b"".join(sent)
        self._buffer[: len(whole)] = whole
        self.connection.buffer_updated(len(whole))

    def say(self, pcm: bytes) -> None:
        header = {"type": "audio-chunk", "data": FORMAT, "payload_length": len(pcm)}
        self.send(json.dumps(header).encode() + b"\n" + pcm)

    @property
    def received(self) -> list[WireEvent]:
        return list(EventDecoder().feed(self.transport.written))

    @property
    def has_ended(self) -> bool:
        return self.transport.has_ended or self.transport.is_closed

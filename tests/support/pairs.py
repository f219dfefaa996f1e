"""The client and the server of a provider, connected in memory."""

import zlib
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from emulators import UNCUT, service
from wyoming_bridge.events import (
    FinalText,
    PartialText,
    SessionEvent,
    Word,
)
from wyoming_bridge.providers.contract import ConnectRequest, HttpAnswer, HttpRequest
from wyoming_bridge.providers.refusals import refused_upgrade
from wyoming_bridge.providers.registry import new_client
from wyoming_bridge.providers.server_request import ServerRequest
from wyoming_bridge.providers.serving import Command, End, EndSegment, Feed, Flush, ServerProtocol
from wyoming_bridge.providers.settings import Settings

__all__ = ["BYTES_PER_MS", "Pair", "word_of"]

BYTES_PER_MS = 32


class Engine:
    """An engine that recognises one word per piece of audio. Pieces of zeros are silence."""

    def __init__(self) -> None:
        self.audio = b""
        self._words: list[Word] = []

    def run(self, command: Command) -> PartialText | FinalText | None:
        match command:
            case Feed(audio=audio):
                start_ms = len(self.audio) // BYTES_PER_MS
                self.audio += audio
                end_ms = len(self.audio) // BYTES_PER_MS
                if not any(audio):
                    return None
                self._words.append(
                    Word(text=word_of(audio), start_ms=start_ms, end_ms=end_ms, confidence=0.5)
                )
                return PartialText(text=" ".join(word.text for word in self._words))
            case Flush() | EndSegment() | End():
                words, self._words = tuple(self._words), []
                return FinalText(
                    text=" ".join(word.text for word in words),
                    words=words,
                    start_ms=words[0].start_ms if words else None,
                    end_ms=words[-1].end_ms if words else None,
                )


def word_of(audio: bytes) -> str:
    return f"w{zlib.crc32(audio):08x}"


class Pair:
    """A client, a server and an engine. The pair delivers the messages one at a time."""

    def __init__(self, settings: Settings, *, tokens: frozenset[str] = frozenset()) -> None:
        self.client = new_client(settings)
        self.engine = Engine()
        self.events: list[SessionEvent] = []
        self.server = self._upgraded(self.client.connect(), self.client.provider, tokens)

    def _upgraded(
        self, request: ConnectRequest | HttpRequest, provider: str, tokens: frozenset[str]
    ) -> ServerProtocol | None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        offered = {"sec-websocket-protocol": ", ".join(request.subprotocols)}
        query = parse_qs(urlsplit(request.url).query)
        server = service(provider, tokens=tokens, behaviour=UNCUT)(
            ServerRequest(query=query, headers=offered | headers), 0
        )
        if isinstance(server, HttpAnswer):
            error = refused_upgrade(server, provider="")
            self.client.receive_failure(error)
            return None
        server.open(now=0)
        self.client.receive_open(now=0.0)
        return server

    def deliver(self) -> Iterator[None]:
        """Deliver all messages, including the answers to them, one message per step."""
        server = self.server
        if server:
            yield from self._deliver_answers(server)
        while server and (outgoing := self.client.messages_to_send()):
            for message in outgoing:
                server.receive_message(message, now=0)
                for command in server.commands_received():
                    if result := self.engine.run(command):
                        server.report(result)
                yield
                yield from self._deliver_answers(server)

    def _deliver_answers(self, server: ServerProtocol) -> Iterator[None]:
        for message in server.messages_to_send():
            self.client.receive_message(message, now=0.0)
            yield
        if server.close:
            self.client.receive_close(code=server.close.code, reason=server.close.reason)

    def deliver_all(self) -> list[SessionEvent]:
        """Deliver all messages. Return all events that the client has reported so far."""
        for _ in self.deliver():
            pass
        self.events += self.client.events_received()
        return self.events

    def of(self, kind: type[SessionEvent]) -> list[SessionEvent]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, FinalText)]

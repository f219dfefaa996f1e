"""The server protocol of Reson8, without a socket."""

import json

from emulators import UNCUT
from wyoming_bridge.events import FinalText, Word
from wyoming_bridge.providers.account import Account
from wyoming_bridge.providers.reson8.behaviour import Reson8Behaviour
from wyoming_bridge.providers.reson8.query import SessionQuery, read_query
from wyoming_bridge.providers.reson8.server import Reson8Server
from wyoming_bridge.providers.reson8.session import SessionSetup
from wyoming_bridge.providers.server_request import ServerRequest
from wyoming_bridge.providers.serving import EndSegment

SECOND = bytes(32000)
FLUSH = '{"type":"flush_request","id":"abc123"}'
CONFIRMATION = '{"type":"flush_confirmation","id":"abc123"}'
FINAL = FinalText(
    text="turn on",
    start_ms=1200,
    end_ms=3600,
    words=(
        Word(text="turn", start_ms=1200, end_ms=1400, confidence=0.99),
        Word(text="on", start_ms=1410, end_ms=1860, confidence=0.98),
    ),
)


def asked(**query: str) -> SessionQuery:
    return read_query(ServerRequest(query={name: [v] for name, v in query.items()}, headers={}))


UNCUT_RESON8 = UNCUT.of(Reson8Behaviour)


def accepted(
    behaviour: Reson8Behaviour = UNCUT_RESON8, *, account: Account | None = None, **query: str
) -> Reson8Server:
    """Return a server with an open session."""
    server = Reson8Server(
        SessionSetup(
            query=asked(**query),
            subprotocol=None,
            language="en",
            bias_terms=(),
            behaviour=behaviour,
            account=account or Account(),
        )
    )
    server.open(now=0.0)
    return server


def sent(server: Reson8Server) -> list[dict[str, object]]:
    return [json.loads(message) for message in server.messages_to_send()]


def feed(server: Reson8Server, pcm: bytes) -> list[int]:
    """Feed audio in pieces of 100 ms. Return the times in ms at which segments ended."""
    cuts = []
    for start in range(0, len(pcm), 3200):
        server.hear(pcm[start : start + 3200], now=0.0)
        cuts += [
            start // 32 + 100 for command in server.commands_received() if command == EndSegment()
        ]
    return cuts

"""One websocket session with a service: its transport, and the I/O loop of all providers."""

from .realtime import RealtimeSession
from .transport import (
    Connector,
    Transport,
    TransportClosed,
    WebsocketConnector,
    ignore_accepted,
    shared_tls_context,
)
from .watched import Direction, OnMessage, WatchedConnector

__all__ = [
    "Connector",
    "Direction",
    "OnMessage",
    "RealtimeSession",
    "Transport",
    "TransportClosed",
    "WatchedConnector",
    "WebsocketConnector",
    "ignore_accepted",
    "shared_tls_context",
]

"""One websocket session with a service: its transport, and the I/O loop of all providers."""

from .realtime import RealtimeSession
from .transport import Connector, Transport, TransportClosed, ignore_accepted
from .watched import Direction, OnMessage, WatchedConnector
from .websocket_connector import WebsocketConnector, shared_tls_context

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

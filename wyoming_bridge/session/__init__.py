"""One websocket session with a service: the transport, and the pump that is the same for all."""

from .realtime import RealtimeSession
from .transport import (
    Connector,
    Transport,
    TransportClosed,
    WebsocketConnector,
    shared_tls_context,
)

__all__ = [
    "Connector",
    "RealtimeSession",
    "Transport",
    "TransportClosed",
    "WebsocketConnector",
    "shared_tls_context",
]

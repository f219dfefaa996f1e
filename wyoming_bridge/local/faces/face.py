"""What a service looks like from outside."""

from typing import Protocol

from ...providers.contract import HandshakeRequest, Refusal, ServerProtocol

__all__ = ["Face"]


class Face(Protocol):
    """One service: where it is found, and how it answers an upgrade."""

    name: str
    """Prefix of its paths: ``/name/...`` is always this service."""

    path: str
    """Its own path, as its clients know it."""

    def recognises(self, request: HandshakeRequest) -> bool:
        """Whether a request on a path that several services share is for this one."""

    def accept(self, request: HandshakeRequest) -> ServerProtocol | Refusal:
        """Answer an upgrade."""

"""The local server as Reson8."""

from ...providers.contract import HandshakeRequest, Refusal, ServerProtocol
from ...providers.reson8.server import Reson8Server
from ...providers.reson8.settings import PATH, PROVIDER

__all__ = ["Reson8Face"]


class Reson8Face:
    """Shares its path with ElevenLabs; what is not recognisably theirs is for this one."""

    name = PROVIDER
    path = PATH

    def __init__(self, *, tokens: frozenset[str]) -> None:
        self._tokens = tokens

    def recognises(self, request: HandshakeRequest) -> bool:
        """Everything that nobody else wanted."""
        return True

    def accept(self, request: HandshakeRequest) -> ServerProtocol | Refusal:
        """Answer an upgrade."""
        return Reson8Server.accept(request, tokens=self._tokens)

"""The local server as Scriptix."""

from ...providers.contract import HandshakeRequest, Refusal, ServerProtocol
from ...providers.scriptix.server import ScriptixServer
from ...providers.scriptix.settings import PATH, PROVIDER

__all__ = ["ScriptixFace"]


class ScriptixFace:
    """Alone on its path."""

    name = PROVIDER
    path = PATH

    def __init__(self, *, tokens: frozenset[str]) -> None:
        self._tokens = tokens

    def recognises(self, request: HandshakeRequest) -> bool:
        """Everything on its path."""
        return True

    def accept(self, request: HandshakeRequest) -> ServerProtocol | Refusal:
        """Answer an upgrade."""
        return ScriptixServer.accept(request, tokens=self._tokens)

"""The local server as Scriptix."""

from collections.abc import Mapping

from ...providers.contract import HttpAnswer
from ...providers.scriptix.behaviour import ScriptixBehaviour
from ...providers.scriptix.server import ScriptixServer
from ...providers.scriptix.settings import PATH, PROVIDER
from ...providers.serving import ServerProtocol, ServerRequest
from .face import Accept, Answer

__all__ = ["ScriptixFace"]


class ScriptixFace:
    """Alone on its path."""

    name = PROVIDER

    def __init__(self, *, tokens: frozenset[str], behaviour: ScriptixBehaviour) -> None:
        self._tokens = tokens
        self.websockets: Mapping[str, Accept] = {PATH: self.accept}
        self.requests: Mapping[tuple[str, str], Answer] = {}

    def recognises(self, request: ServerRequest) -> bool:
        """Everything on its path."""
        return True

    def accept(self, request: ServerRequest, now: float) -> ServerProtocol | HttpAnswer:
        return ScriptixServer.accept(request, tokens=self._tokens)

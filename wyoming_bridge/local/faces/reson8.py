"""The local server as Reson8."""

from collections.abc import Mapping

from ...providers.contract import HttpAnswer
from ...providers.reson8.behaviour import Reson8Behaviour
from ...providers.reson8.server import Reson8Server
from ...providers.reson8.settings import PATH, PROVIDER
from ...providers.serving import ServerProtocol, ServerRequest
from .face import Accept, Answer

__all__ = ["Reson8Face"]


class Reson8Face:
    """Shares its path with ElevenLabs; what is not recognisably theirs is for this one."""

    name = PROVIDER

    def __init__(
        self, *, tokens: frozenset[str], language: str, behaviour: Reson8Behaviour
    ) -> None:
        self._tokens = tokens
        self.websockets: Mapping[str, Accept] = {PATH: self.accept}
        self.requests: Mapping[tuple[str, str], Answer] = {}

    def recognises(self, request: ServerRequest) -> bool:
        """Everything that nobody else wanted."""
        return True

    def accept(self, request: ServerRequest, now: float) -> ServerProtocol | HttpAnswer:
        return Reson8Server.accept(request, tokens=self._tokens)

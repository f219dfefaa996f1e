"""The local server as ElevenLabs."""

from ...providers.contract import HandshakeRequest, Refusal, ServerProtocol
from ...providers.elevenlabs.server import ElevenLabsServer
from ...providers.elevenlabs.settings import PATH, PROVIDER

__all__ = ["ElevenLabsFace"]


class ElevenLabsFace:
    """Shares its path with Reson8; its requests carry what Reson8 does not know."""

    name = PROVIDER
    path = PATH

    def __init__(self, *, tokens: frozenset[str], language: str) -> None:
        self._tokens = tokens
        self._language = language

    def recognises(self, request: HandshakeRequest) -> bool:
        """``model_id`` is required, ``xi-api-key`` and ``token`` are its ways to authenticate."""
        return bool({"model_id", "token"} & set(request.query)) or "xi-api-key" in request.headers

    def accept(self, request: HandshakeRequest) -> ServerProtocol | Refusal:
        """Answer an upgrade."""
        return ElevenLabsServer.accept(request, tokens=self._tokens, language=self._language)

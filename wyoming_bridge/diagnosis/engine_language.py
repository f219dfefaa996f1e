"""Asks a local realtime server for the language that its engine recognises."""

import logging

from ..errors import BridgeError
from ..options import Settings
from ..providers.registry import PROVIDERS
from ..providers.server_index import ServerIndex, index_request
from ..session import Connector

__all__ = ["engine_language"]

_log = logging.getLogger(__name__)


async def engine_language(settings: Settings, *, connector: Connector) -> str | None:
    """Return the language that the engine of the user's own server recognises, as ISO 639-1.

    Return None if the settings have the address of the service itself, which is not asked. Also
    return None if the server is not a local realtime server, or does not answer this request. Such
    a server may still be able to transcribe.
    """
    if not settings.uses_own_server:
        return None
    service = next(name for name, each in PROVIDERS.items() if type(settings) is each.settings)
    request = index_request(settings.server_url, service=service)
    try:
        answer = await connector.ask(request, provider=service)
    except BridgeError as error:
        _log.debug("the server does not tell its language: %s", error)
        return None
    index = ServerIndex.read(answer)
    return index.language if index else None

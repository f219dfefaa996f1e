"""Asks a local realtime server for the language that its engine recognises."""

import logging

from ..errors import BridgeError
from ..providers.server_index import ServerIndex, index_request
from ..session import Connector

__all__ = ["engine_language"]

_log = logging.getLogger(__name__)


async def engine_language(url: str, *, service: str, connector: Connector) -> str | None:
    """Return the ISO 639-1 code of the language that the engine at a base address recognises.

    ``service`` is the name of the service whose protocol the server at the address uses. Return
    None if the server is not a local realtime server, or does not answer this request. Such a
    server may still be able to transcribe.
    """
    try:
        answer = await connector.ask(index_request(url, service=service), provider=service)
    except BridgeError as error:
        _log.debug("the server does not tell its language: %s", error)
        return None
    index = ServerIndex.read(answer)
    return index.language if index else None

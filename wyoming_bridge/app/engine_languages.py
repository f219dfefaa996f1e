"""Asks the user's own server for the languages that its engine or its model recognises."""

import asyncio
import logging
from typing import Final

from ..errors import BridgeError
from ..providers.contract import HttpAnswer, HttpRequest
from ..providers.registry import PROVIDERS, ProviderName, provider_of
from ..providers.server_index import ServerIndex, index_request
from ..providers.settings import Settings
from ..session import Connector

__all__ = ["engine_languages"]

_log = logging.getLogger(__name__)


_TIMEOUT_S: Final = 5.0
"""How long a server may take for all its answers. A form is shown only after them, so this is less
time than a session may take to open."""


async def engine_languages(settings: Settings, *, connector: Connector) -> tuple[str, ...] | None:
    """Return the ISO 639-1 codes of the languages that the user's own server recognises.

    Return None if the settings have the address of the service itself, which is not asked. Also
    return None if the server reports no language, or does not answer within 5 s. Such a server may
    still be able to transcribe.
    """
    if not settings.uses_own_server:
        return None
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            return await _reported(settings, connector)
    except TimeoutError:
        _log.debug("the server did not report its languages within %g s", _TIMEOUT_S)
        return None


async def _reported(settings: Settings, connector: Connector) -> tuple[str, ...] | None:
    """Return the languages that the server reports for its engine or its model."""
    row = provider_of(settings)
    service = next(name for name, each in PROVIDERS.items() if each is row)
    answer = await _asked(connector, index_request(settings.server_url, service=service), service)
    if answer and (index := ServerIndex.read(answer)):
        return (index.language,)
    request = row.model_request(settings) if row.model_request else None
    answer = await _asked(connector, request, service) if request else None
    codes = row.model_languages(answer) if answer and row.model_languages else ()
    return tuple(each for each in row.capabilities.languages if each in codes) or None


async def _asked(
    connector: Connector, request: HttpRequest, service: ProviderName
) -> HttpAnswer | None:
    """Return the answer of the server; None if the server does not answer."""
    try:
        return await connector.ask(request, provider=service)
    except BridgeError as error:
        _log.debug("the server does not report its languages: %s", error)
        return None

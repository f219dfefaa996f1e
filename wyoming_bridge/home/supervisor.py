"""Sends requests to the Supervisor, which runs this bridge as an app.

An answer is a JSON object, which has the field ``message`` if the request failed. Source:
``supervisor/api/utils.py`` and ``supervisor/api/discovery.py`` of Supervisor 2026.08.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from ..errors import AuthenticationError, BridgeError, ServiceError
from ..json_fields import JsonFields
from ..json_text import compact
from ..providers.contract import HttpRequest
from ..session import Connector
from .api import SupervisorApi

__all__ = ["Supervisor"]

_SUPERVISOR: Final = "Supervisor"
"""The name of the provider in errors."""

_FLOWS: Final = "/core/api/config/config_entries/flow"
"""The path of Home Assistant's forms, which are config flows that wait for the user:
``components/config/config_entries.py``."""


class Supervisor:
    """The requests that an app may send to the Supervisor."""

    def __init__(self, api: SupervisorApi, *, connector: Connector) -> None:
        self._api = api
        self._connector = connector

    async def announce(self, integration: str, config: Mapping[str, object]) -> None:
        """Announce the app to an integration of Home Assistant.

        The Supervisor keeps one announcement per app and integration, and ignores an announcement
        that is the same as the one before.

        Raises:
            BridgeError: The Supervisor cannot be reached or refuses.
        """
        await self._send("POST", "/discovery", {"service": integration, "config": dict(config)})

    async def withdraw(self, message: str) -> None:
        """Delete an announcement.

        Home Assistant then also removes what was set up from it.

        Raises:
            BridgeError: The Supervisor cannot be reached or refuses.
        """
        await self._send("DELETE", f"/discovery/{message}")

    async def close_form(self, form: str) -> None:
        """Close a form of Home Assistant that waits for the user.

        Raises:
            BridgeError: The Supervisor or Home Assistant cannot be reached or refuses.
        """
        await self._send("DELETE", f"{_FLOWS}/{form}")

    async def _send(
        self, method: str, path: str, content: Mapping[str, object] | None = None
    ) -> None:
        url = f"{self._api.url}{path}"
        request = HttpRequest(
            method=method,
            url=url,
            shown_url=url,
            headers={
                "Authorization": f"Bearer {self._api.token}",
                **({} if content is None else {"Content-Type": "application/json"}),
            },
            body="" if content is None else compact(content),
        )
        answer = await self._connector.ask(request, provider=_SUPERVISOR)
        if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise AuthenticationError(
                f"{method} {path} is not allowed{_reason(answer.body)}", provider=_SUPERVISOR
            )
        if answer.status != HTTPStatus.OK:
            raise ServiceError(
                f"{method} {path} failed with HTTP {answer.status}{_reason(answer.body)}",
                provider=_SUPERVISOR,
            )


def _reason(body: str) -> str:
    """Return what the Supervisor says, in parentheses; empty if it says nothing."""
    try:
        text = JsonFields.parse(body, provider=_SUPERVISOR).spare_text("message")
    except BridgeError:
        text = None
    return f" ({text})" if text else ""

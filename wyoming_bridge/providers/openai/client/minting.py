"""How the client sends its token: in a header, in a subprotocol, or as NIM's client secret.

A NIM server can require a client secret. So with NIM, the client first sends its token to the
server's REST interface, and requests a secret. Older servers do not have the path of this request,
or answer without a secret. They accept the token in a header.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from ....json_fields import JsonFields
from ...contract import HttpAnswer, HttpRequest
from ...refusals import refused_upgrade
from ...service_text import is_markup
from ..credentials import NIM_SECRET, REALTIME, SECRET
from ..protocol import PROVIDER, DialectName
from ..settings import OpenAISettings

__all__ = ["Minting"]

_MINT_PATH: Final = "/transcription_sessions"

_WITHOUT_SECRETS: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})
"""The statuses with which a server without client secrets answers."""


class Minting:
    """The credentials of one connection."""

    def __init__(self, settings: OpenAISettings) -> None:
        token = settings.token
        self.headers: Mapping[str, str] = {}
        self.subprotocols: Sequence[str] = ()
        self.request: HttpRequest | None = None
        """The request that must be sent before the websocket is opened, or None."""
        self.is_done = False
        """Whether the request was answered."""
        if token and settings.auth == "client_secret":
            self.subprotocols = (REALTIME, f"{SECRET}{token}")
        elif token:
            self.headers = {"Authorization": f"Bearer {token}"}
            if settings.dialect == DialectName.NIM:
                # wss becomes https, and ws becomes http
                url = f"http{settings.endpoint.removeprefix('ws')}{_MINT_PATH}"
                self.request = HttpRequest(
                    method="POST",
                    url=url,
                    shown_url=url,
                    headers={**self.headers, "Content-Type": "application/json"},
                    body="{}",
                )

    def read(self, answer: HttpAnswer) -> None:
        """Read the answer to the request.

        Raises:
            RemoteError: The server refuses the request, or its answer cannot be read.
        """
        self.request, self.is_done = None, True
        if answer.status in _WITHOUT_SECRETS:
            return
        if answer.status != HTTPStatus.OK or is_markup(answer.body):
            raise refused_upgrade(answer, provider=PROVIDER)
        fields = JsonFields.parse(answer.body, provider=PROVIDER)
        secret = fields.within(fields.spare_mapping("client_secret")).spare_text("value")
        if secret:
            self.subprotocols = (REALTIME, f"{NIM_SECRET}{secret}")

"""The index of a local realtime server: what the server reports about its engine and services.

The server sends the index at its base path, and the bridge's client reads it. The index shows the
client that the server is a local realtime server, and not another server that speaks a service's
protocol.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from ..errors import ProtocolViolationError
from ..json_fields import JsonFields
from .contract import HttpAnswer, HttpRequest

__all__ = ["ServerIndex", "index_request"]

_SERVER: Final = "Wyoming Bridge, local realtime server"

_SCHEMES: Final = {"ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerIndex:
    """The engine of a local realtime server, its language, and its services."""

    engine: str
    """The name of the engine."""
    language: str
    """The language that the engine recognises, ISO 639-1."""
    services: Mapping[str, Sequence[str]]
    """The paths of each service's websockets, by the service's name."""

    def to_data(self) -> dict[str, object]:
        """Return the JSON object that the server sends."""
        return {
            "server": _SERVER,
            "engine": self.engine,
            "language": self.language,
            "services": {name: list(paths) for name, paths in self.services.items()},
        }

    @classmethod
    def read(cls, answer: HttpAnswer) -> "ServerIndex | None":
        """Read a server's answer to ``index_request``.

        Return None if the answer is not from a local realtime server.
        """
        if answer.status != HTTPStatus.OK:
            return None
        try:
            fields = JsonFields.parse(answer.body, provider="the server")
            if fields.optional_text("server") != _SERVER:
                return None
            services = fields.inner("services")
            return cls(
                engine=fields.text("engine"),
                language=fields.text("language"),
                services={
                    name: [str(path) for path in services.array(name)] for name in services.values
                },
            )
        except ProtocolViolationError:
            return None


def index_request(url: str, *, service: str) -> HttpRequest:
    """Return the request for a server's index.

    ``url`` is the base address of the server, with or without the name of the ``service``.
    """
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix(f"/{service}") + "/"
    scheme = _SCHEMES.get(parts.scheme, parts.scheme)
    page = urlunsplit((scheme, parts.netloc, path, "", ""))
    return HttpRequest(method="GET", url=page, shown_url=page)

"""What a local realtime server tells about itself, at the path below which its services are.

The server writes it and our client reads it. Other servers with the protocol of a service have no
such page.
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
    """The paths of the websockets of each service, by its name."""

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
        """Return what a server has answered to ``index_request``; None if it is another server."""
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
    """Return the request for a server's index. ``url`` is the base address of its ``service``."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix(f"/{service}") + "/"
    scheme = _SCHEMES.get(parts.scheme, parts.scheme)
    page = urlunsplit((scheme, parts.netloc, path, "", ""))
    return HttpRequest(method="GET", url=page, shown_url=page)

"""The contract of a service emulator: a part of the local server that imitates one service."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final, Protocol

from .contract import HttpAnswer
from .server_request import ServerRequest
from .serving import ServerProtocol, UploadProtocol

__all__ = [
    "RequestHandler",
    "ServiceEmulator",
    "UpgradeHandler",
    "UploadHandler",
    "code_of",
    "json_answer",
]

_CODES: Final = {413: "payload_too_large"}
"""The code in Reson8's documentation. Python's name for the status depends on Python's version."""

UpgradeHandler = Callable[[ServerRequest, float], ServerProtocol | HttpAnswer]
"""Answers a websocket upgrade with a session or a refusal. The time is in monotonic seconds."""

UploadHandler = Callable[[ServerRequest, float], UploadProtocol | HttpAnswer]
"""Answers the head of a request whose body is audio. The time is in monotonic seconds."""

RequestHandler = Callable[[ServerRequest, float], HttpAnswer]
"""Answers an HTTP request. The time is in monotonic seconds."""


class ServiceEmulator(Protocol):
    """The paths of one service, and the answers to requests at these paths."""

    @property
    def name(self) -> str:
        """The service's name. A path that begins with ``/<name>/`` always leads to this service."""

    @property
    def websockets(self) -> Mapping[str, UpgradeHandler]:
        """The handlers of websocket upgrades, by path without ``/<name>``.

        The first handler is for transcription. ``{name}`` in a path stands for any text without a
        slash.
        """

    @property
    def requests(self) -> Mapping[tuple[str, str], RequestHandler]:
        """The handlers of requests, by method and path."""

    @property
    def uploads(self) -> Mapping[str, UploadHandler]:
        """The handlers of POST requests whose body is audio, by path."""

    def refusal(self, status: int, text: str) -> HttpAnswer:
        """Return an HTTP error in the format of the service."""

    def recognises(self, request: ServerRequest) -> bool:
        """Return whether a request is for this service.

        The answer matters only if several services have the path of the request.
        """

    def preparation(self, request: ServerRequest, now: float) -> Callable[[], ServerRequest] | None:
        """Return a function that does the slow part of reading a request; None if no part is slow.

        The handler gets the request that the function returns. The server calls the function in a
        thread, so the function must not use the emulator's state. For a request without a valid
        token, return None too, because the handler will refuse it.
        """


def code_of(status: int) -> str:
    """Return the name of an HTTP status as a code, such as ``not_found`` for 404."""
    return _CODES.get(status) or HTTPStatus(status).name.lower()


def json_answer(status: int, body: object) -> HttpAnswer:
    """Return an answer in JSON."""
    return HttpAnswer(
        status=status, headers={"Content-Type": "application/json"}, body=json.dumps(body)
    )

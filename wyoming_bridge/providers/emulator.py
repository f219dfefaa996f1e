"""The contract of a service emulator: a service as the local realtime server runs it."""

import json
from collections.abc import Callable, Mapping
from typing import Protocol

from .contract import HttpAnswer
from .serving import ServerProtocol, ServerRequest

__all__ = ["RequestHandler", "ServiceEmulator", "UpgradeHandler", "json_answer"]

UpgradeHandler = Callable[[ServerRequest, float], ServerProtocol | HttpAnswer]
"""Answers a websocket upgrade: a session, or a refusal. The time is in monotonic seconds."""

RequestHandler = Callable[[ServerRequest, float], HttpAnswer]
"""Answers an HTTP request. The time is in monotonic seconds."""


class ServiceEmulator(Protocol):
    """One service: its paths, and how it answers."""

    @property
    def name(self) -> str:
        """Prefix of its paths: ``/name/...`` always leads to this service."""

    @property
    def websockets(self) -> Mapping[str, UpgradeHandler]:
        """The handlers of upgrades, by path without the prefix; first the path for transcription.

        ``{name}`` in a path stands for any text without a slash.
        """

    @property
    def requests(self) -> Mapping[tuple[str, str], RequestHandler]:
        """The handlers of requests, by method and path."""

    def recognises(self, request: ServerRequest) -> bool:
        """Return whether a request on a path of several services is for this one."""


def json_answer(status: int, body: object) -> HttpAnswer:
    """Return an answer in JSON."""
    return HttpAnswer(
        status=status, headers={"Content-Type": "application/json"}, body=json.dumps(body)
    )

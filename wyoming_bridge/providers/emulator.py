"""What a service looks like from outside."""

import json
from collections.abc import Callable, Mapping
from typing import Protocol

from .contract import HttpAnswer
from .serving import ServerProtocol, ServerRequest

__all__ = ["Accept", "Answer", "ServiceEmulator", "json_answer"]

Accept = Callable[[ServerRequest, float], ServerProtocol | HttpAnswer]
"""Answers an upgrade; the time is in monotonic seconds."""

Answer = Callable[[ServerRequest, float], HttpAnswer]
"""Answers a request; the time is in monotonic seconds."""


class ServiceEmulator(Protocol):
    """One service: where it is found, and how it answers."""

    @property
    def name(self) -> str:
        """Prefix of its paths: ``/name/...`` is always this service."""

    @property
    def websockets(self) -> Mapping[str, Accept]:
        """By path, as its clients know it; ``{name}`` stands for a part that is told."""

    @property
    def requests(self) -> Mapping[tuple[str, str], Answer]:
        """By method and path."""

    def recognises(self, request: ServerRequest) -> bool:
        """Whether a request on a path that several services share is for this one."""


def json_answer(status: int, body: object) -> HttpAnswer:
    """An answer in JSON."""
    return HttpAnswer(
        status=status, headers={"Content-Type": "application/json"}, body=json.dumps(body)
    )

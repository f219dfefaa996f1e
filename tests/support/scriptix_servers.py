"""The server protocol of Scriptix, without a socket."""

import json
from collections.abc import Mapping, Sequence

from emulators import ANYBODY, service
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.providers.contract import HttpAnswer
from wyoming_bridge.providers.scriptix.behaviour import ScriptixBehaviour
from wyoming_bridge.providers.server_request import ServerRequest
from wyoming_bridge.providers.serving import ServerProtocol

START = '{"action":"start"}'
STOP = '{"action":"stop"}'
PCM = bytes(3200)
"""100 ms, the pieces that the server gets from a socket."""


def accepted(
    query: Mapping[str, Sequence[str]] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    tokens: frozenset[str] = ANYBODY,
    now: float = 0.0,
    **behaviour: object,
) -> ServerProtocol:
    """Return a server with an open session."""
    accept = service(
        "scriptix", tokens=tokens, behaviour=Behaviour(services=(ScriptixBehaviour(**behaviour),))
    )
    server = accept(ServerRequest(query=query or {}, headers=headers or {}), now)
    assert not isinstance(server, HttpAnswer)
    server.open(now=now)
    return server


def started() -> ServerProtocol:
    server = accepted()
    server.receive_message(START, now=0)
    server.messages_to_send()
    return server


def sent(server: ServerProtocol) -> list[object]:
    return [json.loads(message) for message in server.messages_to_send()]

"""The messages that the emulator of a service sends in a session."""

from collections.abc import Sequence
from dataclasses import dataclass

from emulators import UNCUT, service
from wyoming_bridge.events import FinalText, PartialText
from wyoming_bridge.providers.contract import ConnectRequest, HttpAnswer, Message
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName, new_client
from wyoming_bridge.providers.settings import Settings
from wyoming_bridge.testing.connector import server_request

__all__ = ["Service", "emulated"]

_MAX_ROUNDS = 2
"""The most rounds of messages between client and emulator until the service is ready."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """The messages that a service sends in a session."""

    settings: type[Settings]
    greeting: Sequence[Message]
    """The messages until the service is ready; empty if the service is ready at once."""
    partial: Message
    final: Message

    def __str__(self) -> str:
        return self.settings.__name__


def emulated(name: ProviderName) -> Service:
    """Return the messages that the emulator of a service sends."""
    settings = PROVIDERS[name].settings
    client = new_client(settings())
    request = client.connect()
    assert isinstance(request, ConnectRequest)
    server = service(name, behaviour=UNCUT)(server_request(request), 0.0)
    assert not isinstance(server, HttpAnswer)
    client.receive_open(now=0.0)
    server.open(now=0.0)
    greeting: list[Message] = []
    for _ in range(_MAX_ROUNDS):
        for message in client.messages_to_send():
            server.receive_message(message, now=0.0)
        messages = server.messages_to_send()
        greeting += messages
        for message in messages:
            client.receive_message(message, now=0.0)
    server.report(PartialText(text="hi"))
    (partial,) = server.messages_to_send()
    server.report(FinalText(text="hi"))
    final, *_ = server.messages_to_send()
    return Service(settings=settings, greeting=greeting, partial=partial, final=final)

"""Helpers for tests with a client of OpenAI's protocol, and the greeting of each dialect."""

import json

from wyoming_bridge.events import (
    SessionEvent,
)
from wyoming_bridge.providers.contract import (
    ClientProtocol,
    ConnectRequest,
    HttpAnswer,
    HttpRequest,
)
from wyoming_bridge.providers.openai import OpenAISettings, new_client
from wyoming_bridge.providers.openai.protocol import DialectName

__all__ = ["GREETINGS", "LOOPBACK", "connected", "of", "receive", "sent", "websocket"]

LOOPBACK = "ws://127.0.0.1:8000"
GREETINGS = {
    DialectName.GA: {
        "type": "session.created",
        "session": {"type": "transcription", "id": "sess_1", "audio": {}},
    },
    DialectName.VLLM: {"type": "session.created", "id": "sess-1", "created": 1795887074},
    DialectName.SPEACHES: {
        "type": "session.created",
        "session": {"id": "sess_1", "input_audio_format": "pcm16"},
    },
    DialectName.LOCALAI: {
        "type": "session.created",
        "event_id": "event_TODO",
        "session": {"type": "realtime", "object": "realtime.session", "audio": {}},
    },
    DialectName.NIM: {"type": "conversation.created", "conversation": {"id": "conv_1"}},
}


def connected(**settings: object) -> ClientProtocol:
    client = new_client(OpenAISettings(**settings), None)
    while isinstance(client.connect(), HttpRequest):
        client.receive_answer(HttpAnswer(status=404), now=0.0)
    client.receive_open(now=0.0)
    return client


def receive(client: ClientProtocol, *messages: dict[str, object]) -> None:
    for message in messages:
        client.receive_message(json.dumps(message), now=0.0)


def of(client: ClientProtocol, kind: type[SessionEvent]) -> list[SessionEvent]:
    return [event for event in client.events_received() if isinstance(event, kind)]


def sent(client: ClientProtocol) -> list[dict[str, object]]:
    return [json.loads(message) for message in client.messages_to_send()]


def websocket(**settings: object) -> ConnectRequest:
    request = new_client(OpenAISettings(**settings), None).connect()
    assert isinstance(request, ConnectRequest)
    return request

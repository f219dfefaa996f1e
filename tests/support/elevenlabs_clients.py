"""The ElevenLabs client, without a connection."""

from wyoming_bridge.events import SessionEvent, StateChanged
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings, transcripts
from wyoming_bridge.providers.elevenlabs.client import ElevenLabsClient

SECOND = bytes(range(250)) * 128
STARTED = '{"message_type":"session_started","session_id":"s1","config":{}}'


def ready(settings: ElevenLabsSettings | None = None) -> ElevenLabsClient:
    client = ElevenLabsClient(settings or ElevenLabsSettings())
    client.connect()
    client.receive_open(now=0.0)
    client.receive_message(STARTED, now=0.0)
    client.events_received()
    return client


def answer(client: ElevenLabsClient, text: str, *, now: float) -> None:
    client.receive_message(transcripts.CommittedTranscript(text=text).to_json(), now=now)


def partial(client: ElevenLabsClient, text: str, *, now: float) -> None:
    client.receive_message(transcripts.PartialTranscript(text=text).to_json(), now=now)


def happened(client: ElevenLabsClient) -> list[SessionEvent]:
    """Return the reported events, except changes of the state."""
    return [event for event in client.events_received() if not isinstance(event, StateChanged)]

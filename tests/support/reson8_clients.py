"""The Reson8 client, and the example messages of the service's documentation."""

from pathlib import Path

from wyoming_bridge.events import SessionEvent, StateChanged
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.providers.reson8.client import Reson8Client

FIXTURES = Path(__file__).parents[1] / "fixtures" / "reson8"


def examples(name: str) -> list[str]:
    """Return the example messages of a page, without the first line, which names the source."""
    return (FIXTURES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[1:]


def ready() -> Reson8Client:
    client = Reson8Client(Reson8Settings())
    client.connect()
    client.receive_open(now=0.0)
    client.events_received()
    return client


def happened(client: Reson8Client) -> list[SessionEvent]:
    """Return the reported events, except changes of the state."""
    return [event for event in client.events_received() if not isinstance(event, StateChanged)]

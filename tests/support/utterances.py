"""Utterances with the double behind them, and waits for what happens in them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sessions import NOBODY_WAITS_LONGER_S, noise
from wyoming_bridge.audio import AudioFormat
from wyoming_bridge.events import SessionEvent
from wyoming_bridge.providers.contract import SERVICE_FORMAT, ClientProtocol
from wyoming_bridge.session import Connector, RealtimeSession
from wyoming_bridge.testing import FakeConnector, FakeTransport, ScriptedClient, scripted_words
from wyoming_bridge.transcriber import Limits, Utterance

PATIENT = Limits(ready_s=NOBODY_WAITS_LONGER_S, final_s=NOBODY_WAITS_LONGER_S)

SECOND = 32000
"""Bytes of a second in the service's format."""

THREE = noise(words=3)
THREE_WORDS = " ".join(scripted_words(THREE))


def an_utterance(
    connector: Connector,
    *,
    limits: Limits = PATIENT,
    source: AudioFormat = SERVICE_FORMAT,
    client: Callable[[], ClientProtocol] = ScriptedClient,
) -> Utterance:
    def new_session(on_event: Callable[[SessionEvent], None]) -> RealtimeSession:
        return RealtimeSession(
            client=client(), connector=connector, provider="scripted", on_event=on_event
        )

    return Utterance(
        new_session=new_session,
        source=source,
        profile="kitchen",
        provider="scripted",
        limits=limits,
    )


@asynccontextmanager
async def bounded() -> AsyncIterator[None]:
    async with asyncio.timeout(NOBODY_WAITS_LONGER_S):
        yield


async def heard_first_words(utterance: Utterance) -> None:
    """Wait until some of what was spoken is heard."""
    async with bounded():
        await anext(utterance.revisions())


async def the_transport(connector: FakeConnector) -> FakeTransport:
    """Wait until a session is open."""
    async with bounded():
        await connector.asked.wait()
    return connector.transports[0]

"""The states in Scriptix' realtime documentation are those of the bridge's client."""

import pytest

from scriptix_pages import SPEECH
from serving import KEY
from wyoming_bridge.errors import BridgeError
from wyoming_bridge.events import SessionEvent, StateChanged
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.registry import new_client
from wyoming_bridge.providers.scriptix import ScriptixSettings
from wyoming_bridge.session import RealtimeSession, WebsocketConnector

OVERVIEW = "Scriptix, Real-time Streaming API"
CONNECTION = "Scriptix, WebSocket Connection"


@pytest.mark.promise(OVERVIEW, "disconnected, connecting, loading, listening, connected, error")
@pytest.mark.promise(OVERVIEW, "The WebSocket connection automatically handles state transitions")
async def test_the_bridges_client_goes_through_the_states(scriptix: LocalServer) -> None:
    async def states(token: str) -> list[str]:
        events: list[SessionEvent] = []
        settings = ScriptixSettings(url=scriptix.url, token=token)
        session = RealtimeSession(
            client=new_client(settings),
            connector=WebsocketConnector(),
            provider="scriptix",
            on_event=events.append,
        )
        session.send_audio(SPEECH)
        before = session.state
        session.finish()
        await session.run()
        return [before, *(each.state for each in events if isinstance(each, StateChanged))]

    assert await states(KEY) == [
        "disconnected",
        "connecting",
        "loading",
        "listening",
        "finishing",
        "closed",
    ]
    assert (await states("wrong"))[-1] == "error"


@pytest.mark.promise(OVERVIEW, "connected: Actively transcribing")
async def test_the_first_result_leads_to_connected(scriptix: LocalServer) -> None:
    connected: list[str] = []
    session: RealtimeSession | None = None

    def on_event(event: SessionEvent) -> None:
        if isinstance(event, StateChanged):
            connected.append(event.state)
            if event.state == "connected" and session:
                session.finish()

    session = RealtimeSession(
        client=new_client(ScriptixSettings(url=scriptix.url, token=KEY)),
        connector=WebsocketConnector(),
        provider="scriptix",
        on_event=on_event,
    )
    session.send_audio(SPEECH)
    await session.run()

    assert connected[2:4] == ["listening", "connected"]


@pytest.mark.promise(CONNECTION, "1006 Abnormal closure - connection failed before establishment")
async def test_a_service_that_cannot_be_reached_leads_to_the_error_state(free_port: int) -> None:
    failures: list[BridgeError] = []
    settings = ScriptixSettings(url=f"ws://127.0.0.1:{free_port}", token=KEY)
    session = RealtimeSession(
        client=new_client(settings),
        connector=WebsocketConnector(),
        provider="scriptix",
        on_event=lambda event: failures.append(getattr(event, "error", None)),
    )
    await session.run()

    assert failures[-1].code == "cannot_connect"

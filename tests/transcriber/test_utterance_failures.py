"""Faults of the service and of ours: each fails the utterance at once, and only once."""

import asyncio
from collections.abc import Callable

import pytest

from utterances import SECOND, THREE, an_utterance, bounded, heard_first_words, the_transport
from wyoming_bridge.errors import (
    AuthenticationError,
    BridgeError,
    ConnectionLostError,
    ProtocolViolationError,
)
from wyoming_bridge.events import Partial, SessionEvent
from wyoming_bridge.testing import FakeConnector, ScriptedClient


async def test_a_refused_session_fails_the_utterance_at_once(connector: FakeConnector) -> None:
    connector.refuse(AuthenticationError("the token is wrong", provider="scripted"))
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        with pytest.raises(AuthenticationError, match="the token is wrong"):
            await utterance.result()
        utterance.feed(THREE)
        utterance.finish()
        assert not utterance.congested


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (FakeConnector.drop, ConnectionLostError),
        (lambda connector: connector.close(code=1011), ConnectionLostError),
        (FakeConnector.send_rubbish, ProtocolViolationError),
    ],
    ids=["drop", "close", "rubbish"],
)
async def test_a_fault_while_somebody_speaks_fails_the_utterance_at_once(
    connector: FakeConnector, fault: Callable[[FakeConnector], None], error: type[BridgeError]
) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        await heard_first_words(utterance)
        fault(connector)
        with pytest.raises(error):
            await utterance.result()


async def test_a_fault_after_the_audio_fails_the_utterance_at_once(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        await heard_first_words(utterance)
        connector.hold()
        utterance.finish()
        connector.drop()
        with pytest.raises(ConnectionLostError):
            await utterance.result()


async def test_a_session_that_breaks_by_a_bug_fails_the_utterance(
    connector: FakeConnector, caplog: pytest.LogCaptureFixture
) -> None:
    async with an_utterance(connector, client=BuggyClient) as utterance, bounded():
        utterance.feed(THREE)
        with pytest.raises(ExceptionGroup):
            await utterance.result()
    assert "the session of kitchen broke" in caplog.text


async def test_a_bug_lets_go_whoever_drains(
    connector: FakeConnector, caplog: pytest.LogCaptureFixture
) -> None:
    connector.hold()
    async with an_utterance(connector, client=BuggyClient) as utterance, bounded():
        utterance.feed(bytes(21 * SECOND))
        draining = asyncio.create_task(utterance.drain())
        transport = await the_transport(connector)
        await transport.held.wait()
        transport.put("partial:something")
        await draining
    assert "the session of kitchen broke" in caplog.text


class BuggyClient(ScriptedClient):
    def report(self, event: SessionEvent) -> None:
        if isinstance(event, Partial):
            raise RuntimeError("a bug")  # noqa: TRY004 - any other error would do
        super().report(event)

"""Errors that another session would repeat: the utterance fails at once."""

import asyncio

import pytest

from utterances import SECOND, THREE, an_utterance, bounded, first_words_received, the_transport
from wyoming_bridge.errors import (
    AuthenticationError,
    BridgeError,
    QuotaError,
    ServiceRequestError,
    TermsError,
)
from wyoming_bridge.events import PartialText, SessionEvent
from wyoming_bridge.testing import FakeConnector, ScriptedClient

FOR_A_PERSON = [AuthenticationError, QuotaError, TermsError, ServiceRequestError]


@pytest.mark.parametrize("error", FOR_A_PERSON)
async def test_a_refused_session_fails_the_utterance_at_once(
    error: type[BridgeError], connector: FakeConnector
) -> None:
    connector.refuse(error("told to refuse", provider="scripted"))
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        with pytest.raises(error, match="told to refuse"):
            await utterance.result()
        utterance.feed(THREE)
        utterance.finish()
        assert not utterance.congested
    assert len(connector.requests) == 1


async def test_a_session_that_cannot_be_replaced_fails_the_utterance(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        await first_words_received(utterance)
        connector.refuse(AuthenticationError("the token is wrong", provider="scripted"))
        connector.drop()
        with pytest.raises(AuthenticationError):
            await utterance.result()
    assert len(connector.requests) == 2


async def test_a_bug_in_the_session_fails_the_utterance(
    connector: FakeConnector, caplog: pytest.LogCaptureFixture
) -> None:
    async with an_utterance(connector, client=BuggyClient) as utterance, bounded():
        utterance.feed(THREE)
        with pytest.raises(ExceptionGroup):
            await utterance.result()
    assert "profile kitchen: a session broke" in caplog.text


async def test_a_bug_ends_a_waiting_drain(
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
        with pytest.raises(ExceptionGroup):
            await utterance.result()
    assert "profile kitchen: a session broke" in caplog.text


class BuggyClient(ScriptedClient):
    def report(self, event: SessionEvent) -> None:
        if isinstance(event, PartialText):
            raise RuntimeError("a bug")  # noqa: TRY004 - any other error would do
        super().report(event)

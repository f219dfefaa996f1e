"""Leaving the ``async with`` block of an utterance ends the session and all waits."""

import asyncio

import pytest

from utterances import SECOND, THREE, an_utterance, bounded, first_words_received, the_transport
from wyoming_bridge.errors import AuthenticationError, LifecycleError
from wyoming_bridge.testing import FakeConnector


async def test_leaving_ends_the_session(connector: FakeConnector) -> None:
    async with an_utterance(connector) as utterance:
        utterance.feed(THREE)
        await first_words_received(utterance)
    assert connector.transports[0].closed_by_client
    await utterance.close()


async def test_leaving_while_connecting_ends_the_attempt(connector: FakeConnector) -> None:
    connector.hold_connects()
    async with an_utterance(connector) as utterance:
        utterance.feed(THREE)
        await connector.asked.wait()
    assert connector.transports == []


async def test_leaving_before_the_session_begins_opens_none_and_ends_all_waits(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector) as utterance:
        waiting = asyncio.create_task(utterance.result())
        reading = asyncio.create_task(anext(utterance.revisions(), None))
        await asyncio.sleep(0)
        utterance.feed(bytes(21 * SECOND))
        draining = asyncio.create_task(utterance.drain())
    assert connector.requests == []
    async with bounded():
        await draining
        assert await reading is None
        with pytest.raises(LifecycleError):
            await waiting


async def test_leaving_ends_a_waiting_drain(connector: FakeConnector) -> None:
    connector.hold()
    async with an_utterance(connector) as utterance:
        utterance.feed(bytes(21 * SECOND))
        await (await the_transport(connector)).held.wait()
        draining = asyncio.create_task(utterance.drain())
        await asyncio.sleep(0)
    async with bounded():
        await draining


async def test_a_result_that_is_not_read_causes_no_warning(
    connector: FakeConnector,
) -> None:
    connector.refuse(AuthenticationError("the token is wrong"))
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        assert [revision async for revision in utterance.revisions()] == []

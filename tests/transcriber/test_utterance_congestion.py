"""A slow service makes the source of the audio wait, up to a limit."""

import asyncio

import pytest

from patience import PATIENCE_S
from utterances import SECOND, THREE, THREE_WORDS, an_utterance, bounded, the_transport
from wyoming_bridge.errors import (
    AuthenticationError,
    ConnectionLostError,
    ConnectTimeoutError,
    RequestError,
)
from wyoming_bridge.testing import FakeConnector
from wyoming_bridge.transcriber import Limits


async def test_a_slow_service_slows_its_source(connector: FakeConnector) -> None:
    connector.hold()
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE + bytes(19 * SECOND))
        assert not utterance.congested
        await utterance.drain()
        utterance.feed(bytes(2 * SECOND))
        assert utterance.congested
        draining = asyncio.create_task(utterance.drain())
        await (await the_transport(connector)).held.wait()
        assert not draining.done()
        connector.release()
        await draining
        assert not utterance.congested
        utterance.finish()
        assert (await utterance.result()).text == THREE_WORDS


async def test_the_utterance_fails_if_the_service_takes_no_more_audio(
    connector: FakeConnector,
) -> None:
    connector.hold()
    limits = Limits(ready_s=PATIENCE_S, stall_s=0.05)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(bytes(21 * SECOND))
        await utterance.drain()
        assert not utterance.congested
        with pytest.raises(ConnectionLostError, match=r"took no audio for 0\.05 s"):
            await utterance.result()


async def test_waiting_for_the_connection_does_not_count_as_a_service_that_takes_no_audio(
    connector: FakeConnector,
) -> None:
    connector.hold_connects()
    limits = Limits(ready_s=0.2, final_s=0.001)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(bytes(21 * SECOND))
        await utterance.drain()
        with pytest.raises(ConnectTimeoutError):
            await utterance.result()


async def test_a_fault_ends_a_waiting_drain(connector: FakeConnector) -> None:
    connector.hold()
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(bytes(21 * SECOND))
        draining = asyncio.create_task(utterance.drain())
        await (await the_transport(connector)).held.wait()
        connector.refuse(AuthenticationError("the token is wrong"))
        connector.drop()
        await draining
        assert not utterance.congested


async def test_a_source_that_is_kept_waiting_has_not_ended(connector: FakeConnector) -> None:
    connector.hold()
    limits = Limits(ready_s=PATIENCE_S, idle_s=0.5)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(bytes(21 * SECOND))
        await (await the_transport(connector)).held.wait()
        draining = asyncio.create_task(utterance.drain())
        await asyncio.wait([asyncio.create_task(utterance.result())], timeout=1.2)
        connector.release()
        await draining
        utterance.feed(THREE)
        utterance.finish()
        assert (await utterance.result()).text == THREE_WORDS


async def test_a_source_that_was_kept_waiting_and_sends_no_more_has_ended(
    connector: FakeConnector,
) -> None:
    connector.hold()
    limits = Limits(ready_s=PATIENCE_S, idle_s=0.2)
    async with an_utterance(connector, limits=limits) as utterance, bounded():
        utterance.feed(THREE)
        await (await the_transport(connector)).held.wait()
        utterance.feed(bytes(21 * SECOND))
        assert utterance.congested
        connector.release()
        with pytest.raises(RequestError, match=r"no audio arrived for 0\.2 s"):
            await utterance.result()


async def test_a_drain_that_begins_while_a_session_fails_waits_for_the_next_session(
    connector: FakeConnector,
) -> None:
    connector.hold()
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        transport = await the_transport(connector)
        await transport.held.wait()
        utterance.feed(bytes(21 * SECOND))
        transport.end(code=None)
        draining = asyncio.create_task(utterance.drain())  # before there is another session
        connector.release()
        await draining
        utterance.finish()
        assert (await utterance.result()).text == THREE_WORDS

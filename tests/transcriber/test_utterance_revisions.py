"""The revisions of an utterance grow with the speech, and end when the utterance ends."""

import asyncio

import pytest

from utterances import THREE, THREE_WORDS, an_utterance, bounded, first_words_received
from wyoming_bridge.errors import AuthenticationError, LifecycleError
from wyoming_bridge.testing import FakeConnector, scripted_words
from wyoming_bridge.transcriber import Revision


async def test_revisions_grow_with_the_speech_and_end_with_the_result(
    connector: FakeConnector,
) -> None:
    words = scripted_words(THREE)
    async with an_utterance(connector) as utterance, bounded():
        revisions = utterance.revisions()
        seen = []
        for start in range(0, len(THREE), 6400):
            utterance.feed(THREE[start : start + 6400])
            seen.append(await anext(revisions))
        utterance.finish()
        rest = [revision async for revision in revisions]
        assert (await utterance.result()).text == THREE_WORDS
    assert [revision.text for revision in seen] == [" ".join(words[:count]) for count in (1, 2, 3)]
    # Two consecutive partials contain the first word.
    assert [revision.settled for revision in seen] == ["", "", words[0]]
    assert rest in ([], [Revision(text=THREE_WORDS, settled=THREE_WORDS)])


async def test_a_reader_that_comes_late_gets_the_last_revision_and_the_result(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        result = await utterance.result()

        updates = [update async for update in utterance.updates()]

    assert updates == [Revision(text=THREE_WORDS, settled=THREE_WORDS), result]


async def test_revisions_end_when_the_utterance_fails(connector: FakeConnector) -> None:
    async with an_utterance(connector) as utterance, bounded():
        utterance.feed(THREE)
        revisions = utterance.revisions()
        await anext(revisions)
        connector.refuse(AuthenticationError("the token is wrong"))
        connector.drop()
        assert all([revision.text async for revision in revisions])  # the iterator ends
        assert [revision async for revision in utterance.revisions()] == []


async def test_revisions_and_the_result_end_when_the_utterance_is_left(
    connector: FakeConnector,
) -> None:
    async with an_utterance(connector) as utterance:
        utterance.feed(THREE)
        await first_words_received(utterance)
        waiting = asyncio.create_task(utterance.result())
        reading = asyncio.create_task(anext(utterance.revisions(), None))
    async with bounded():
        with pytest.raises(LifecycleError, match="closed before it had a result"):
            await waiting
        assert await reading is None

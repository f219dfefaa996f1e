"""Voices that go on in a loud room: the words of whoever is meant tell when he is done."""

import pytest

from sessions import NOBODY_WAITS_LONGER_S, noise
from utterances import RACE, THREE, THREE_WORDS, an_utterance, bounded, say, the_transport, until
from wyoming_bridge.testing import FakeConnector, scripted_words
from wyoming_bridge.transcriber import Ending, Limits, Utterance

OTHERS = noise(words=25, seed=3)
"""5 s of them."""


async def hear_three_words(utterance: Utterance) -> None:
    """Say three, and wait until the service has told them."""
    say(utterance, THREE)
    async for revision in utterance.revisions():
        if revision.text == THREE_WORDS:
            return


async def test_who_tells_no_more_words_has_heard_the_end(connector: FakeConnector) -> None:
    async with an_utterance(connector, endpointing=RACE, noisy=True) as utterance, bounded():
        await hear_three_words(utterance)
        transport = await the_transport(connector)
        transport.hold()
        say(utterance, OTHERS)
        transport.release()
        result = await utterance.result()

    heard = (THREE + OTHERS)[: 32 * 2200]
    assert result.ended_by is Ending.SILENCE
    assert (result.timing.audio_ms, result.timing.speech_ms) == (2200, 100)
    assert (result.text, result.complete) == (" ".join(scripted_words(heard)), True)


@pytest.mark.parametrize("code", [None, 1011])
async def test_who_was_cut_off_may_have_more_to_tell(
    code: int | None, connector: FakeConnector
) -> None:
    limits = Limits(ready_s=NOBODY_WAITS_LONGER_S)
    utterance = an_utterance(connector, endpointing=RACE, noisy=True, limits=limits)
    async with utterance, bounded():
        await hear_three_words(utterance)
        connector.hold_door()
        (await the_transport(connector)).end(code=code)
        await until(lambda: len(connector.requests) > 1)
        say(utterance, OTHERS)
        connector.release()
        utterance.finish()
        result = await utterance.result()

    assert result.ended_by is Ending.CLIENT
    assert result.text == " ".join(scripted_words(THREE + OTHERS))

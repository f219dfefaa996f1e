"""No engine invents words for sounds without speech, and speech after them keeps its words."""

import pytest

from recognised import results_of
from sounds import NO_SPEECH, made
from wyoming_bridge.local.engine import Engine

pytestmark = [pytest.mark.once, pytest.mark.asyncio(loop_scope="module")]


@pytest.mark.parametrize("name", list(NO_SPEECH))
async def test_no_text_is_made_up_without_speech(real_engine: Engine, name: str) -> None:
    voice = await real_engine.open()
    partials, final = await results_of(voice, made(name))
    await voice.close()
    assert (partials, final.text, final.words) == ([], "", ())

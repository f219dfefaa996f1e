"""No engine invents words for sounds without speech, and speech after them keeps its words."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from engines import KINDS, created
from recognised import results_of
from sounds import NO_SPEECH, made
from wyoming_bridge.local.engine import Engine

pytestmark = [pytest.mark.once, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=[kind for kind in KINDS if kind != "scripted"]
)
async def engine(
    request: pytest.FixtureRequest, engine_models: dict[str, Path]
) -> AsyncIterator[Engine]:
    engine = created(request.param, engine_models)
    await engine.start()
    yield engine
    await engine.close()


@pytest.mark.parametrize("name", list(NO_SPEECH))
async def test_no_text_is_made_up_without_speech(engine: Engine, name: str) -> None:
    voice = await engine.open()
    partials, final = await results_of(voice, made(name))
    await voice.close()
    assert (partials, final.text, final.words) == ([], "", ())

"""Profiles with fallbacks and daily limits, over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from houses import house_in
from serving import serving
from stuck_engine import StuckEngine
from wyoming_bridge.app.backends import Backends
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.config import LocalBackend, Profile
from wyoming_bridge.endpointing import RECORDING, Endpointing
from wyoming_bridge.errors import AuthenticationError, BudgetError, RequestError
from wyoming_bridge.local.engines.scripted import ScriptedEngine, scripted_words
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.contract import ConnectRequest
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.session import Transport, WebsocketConnector
from wyoming_bridge.transcriber import DEFAULT_OPTIONS, Limits, RequestOptions, Result

SPEECH = bytes([9, 3]) * 16000
WORDS = " ".join(scripted_words(SPEECH))
AS_RECORDED = RequestOptions(endpointing=RECORDING)


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    server = LocalServer(engine=ScriptedEngine(), tokens=frozenset({"right"}))
    await server.start()
    yield server
    await server.stop()


async def stream(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def result_of(
    backends: Backends, profile: Profile, options: RequestOptions = AS_RECORDED
) -> Result:
    updates = backends.transcribe(
        stream(SPEECH), source=PCM_16K_MONO, profile=profile, options=options
    )
    results = [update async for update in updates if isinstance(update, Result)]
    return results[0]


OFFLINE = Profile(name="offline", backend=LocalBackend(engine="scripted"))


async def test_a_wrong_token_is_tried_once_and_then_the_fallback_transcribes(
    server: LocalServer, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Reson8Settings(url=f"{server.url}/reson8", token="wrong")
    kitchen = Profile(name="kitchen", backend=settings, fallback=("offline",))
    caplog.set_level("INFO")
    async with Backends([kitchen, OFFLINE]) as backends:
        results = [await result_of(backends, kitchen) for _ in range(3)]

    assert [(each.text, each.profile) for each in results] == [(WORDS, "offline")] * 3
    assert [each.failures[0].code for each in results] == ["auth_failed"] * 3
    assert caplog.text.count("refused with 401") == 1


async def test_audio_for_a_late_profile_and_its_fallback_is_counted_for_both(
    server: LocalServer,
) -> None:
    late = LocalServer(engine=StuckEngine(), tokens=frozenset({"right"}))
    async with serving(late):
        kitchen = Profile(
            name="kitchen",
            backend=Reson8Settings(url=f"{late.url}/reson8", token="right"),
            fallback=("garage",),
            limits=Limits(final_s=0.2),
        )
        garage = Profile(
            name="garage", backend=Reson8Settings(url=f"{server.url}/reson8", token="right")
        )
        async with Backends([kitchen, garage]) as backends:
            result = await result_of(backends, kitchen)
            sent = {name: budget.spent_s for name, budget in backends.usage.budgets.items()}

    assert (result.text, result.profile) == (WORDS, "garage")
    assert sent == {"kitchen": 1.0, "garage": 1.0}


async def test_a_daily_limit_still_holds_after_a_restart(
    server: LocalServer, tmp_path: Path
) -> None:
    settings = Reson8Settings(url=f"{server.url}/reson8", token="right")
    kitchen = Profile(name="kitchen", backend=settings, max_seconds_per_day=1.5)
    for _ in range(2):  # each utterance begins within the limit
        async with Backends([kitchen], state=tmp_path) as backends:
            assert (await result_of(backends, kitchen)).text == WORDS
    async with Backends([kitchen], state=tmp_path) as backends:
        with pytest.raises(BudgetError, match=r"2 s of audio were sent today; the limit is 1\.5 s"):
            await result_of(backends, kitchen)


async def test_without_a_daily_limit_no_file_is_written(tmp_path: Path) -> None:
    async with Backends([OFFLINE], state=tmp_path / "state") as backends:
        await result_of(backends, OFFLINE)

    assert not (tmp_path / "state").exists()


async def test_a_service_that_cannot_end_turns_is_an_error_if_the_client_requests_it() -> None:
    options = RequestOptions(endpointing=Endpointing(source="provider"))
    async with Backends([OFFLINE]) as backends:
        with pytest.raises(RequestError, match="does not detect the end of speech"):
            await result_of(backends, OFFLINE, options)


async def test_a_fallback_that_cannot_end_turns_can_replace_a_service_that_can(
    server: LocalServer,
) -> None:
    settings = ElevenLabsSettings(url=f"{server.url}/elevenlabs", token="wrong")
    kitchen = Profile(
        name="kitchen",
        backend=settings,
        fallback=("offline",),
        endpointing=Endpointing(source="provider"),
    )
    async with Backends([kitchen, OFFLINE]) as backends:
        result = await result_of(backends, kitchen, RequestOptions())

    assert result.profile == "offline"


async def test_a_setting_outside_the_service_range_is_limited_and_logged(
    server: LocalServer, caplog: pytest.LogCaptureFixture
) -> None:
    settings = ElevenLabsSettings(url=f"{server.url}/elevenlabs", token="right")
    options = RequestOptions(endpointing=Endpointing(source="provider", silence_ms=5000))
    kitchen = Profile(name="kitchen", backend=settings)
    async with Backends([kitchen]) as backends:
        await result_of(backends, kitchen, options)

    assert "kitchen: vad_silence_threshold_secs is 3 instead of 5: 0.3 to 3 s" in caplog.text


async def test_profiles_can_be_added_and_removed_and_a_missing_fallback_is_skipped(
    server: LocalServer,
) -> None:
    settings = Reson8Settings(url=f"{server.url}/reson8", token="wrong")
    kitchen = Profile(name="kitchen", backend=settings, fallback=("offline",))
    async with Backends([]) as backends:
        await backends.add(kitchen)
        with pytest.raises(AuthenticationError):
            await result_of(backends, kitchen)
        await backends.add(OFFLINE)
        first = await result_of(backends, kitchen)
        backends.remove("offline")
        with pytest.raises(AuthenticationError):
            await result_of(backends, kitchen)

    assert (first.text, first.profile) == (WORDS, "offline")


async def test_adding_a_profile_again_replaces_its_settings(server: LocalServer) -> None:
    wrong = Reson8Settings(url=f"{server.url}/reson8", token="wrong")
    right = Reson8Settings(url=f"{server.url}/reson8", token="right")
    async with Backends([Profile(name="kitchen", backend=wrong)]) as backends:
        with pytest.raises(AuthenticationError):
            await result_of(backends, Profile(name="kitchen", backend=wrong))
        kitchen = Profile(name="kitchen", backend=right)
        await backends.add(kitchen)

        assert (await result_of(backends, kitchen)).text == WORDS


async def test_the_usage_of_all_profiles_is_kept_if_remember_all_is_set(
    server: LocalServer, tmp_path: Path
) -> None:
    kitchen = Profile(
        name="kitchen", backend=Reson8Settings(url=f"{server.url}/reson8", token="right")
    )
    async with Backends([kitchen], state=tmp_path, remember_all=True) as backends:
        await result_of(backends, kitchen)
    async with Backends([], state=tmp_path, remember_all=True) as later:
        budget = await later.usage.add("kitchen", max_s=None)

    assert budget.spent_s == 1.0


async def test_profiles_that_are_added_concurrently_share_one_usage_file(tmp_path: Path) -> None:
    names = [f"room {number}" for number in range(8)]
    async with Backends([], state=tmp_path, remember_all=True) as backends:
        budgets = await asyncio.gather(*(backends.usage.add(name, max_s=None) for name in names))
        for budget in budgets:
            budget.spend(1)
    async with Backends([], state=tmp_path, remember_all=True) as later:
        remembered = [(await later.usage.add(name, max_s=None)).spent_s for name in names]

    assert remembered == [1.0] * 8


class SlowToClose(WebsocketConnector):
    """A connector whose websockets close only after ``may_close`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.may_close = asyncio.Event()
        self.closed = 0

    async def open(
        self, request: ConnectRequest, *, provider: str, on_accepted: Callable[[], None]
    ) -> Transport:
        transport = await super().open(request, provider=provider, on_accepted=on_accepted)
        close = transport.close

        async def close_slowly() -> None:
            await self.may_close.wait()
            await close()
            self.closed += 1

        transport.close = close_slowly
        return transport


async def test_the_result_does_not_wait_for_the_websocket_to_close(
    server: LocalServer,
) -> None:
    kitchen = Profile(
        name="kitchen", backend=Reson8Settings(url=f"{server.url}/reson8", token="right")
    )
    connector = SlowToClose()
    async with Backends([kitchen], connector=connector) as backends:
        result = await result_of(backends, kitchen, DEFAULT_OPTIONS)
        closed_before = connector.closed
        connector.may_close.set()

    assert (result.text, closed_before, connector.closed) == (WORDS, 0, 1)


async def test_stopping_waits_for_a_house_that_is_being_built() -> None:
    async with Backends([]) as backends:
        backends.use_house(house_in("en"))

    building = [each for each in asyncio.all_tasks() if "house" in each.get_name()]
    assert building == []

"""Home Assistant's own Wyoming integration, as it is, against the bridge."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from assist import AssistRun, create_pipeline, in_real_time, room, speak, utterance
from live_hass import LiveHass
from programs import LocalServer, bridge, free_port

PROFILES = {
    "elevenlabs": "provider: elevenlabs, source: race",
    "reson8": "provider: reson8, source: race",
    "scriptix": "provider: scriptix, source: race",
    "service": "provider: elevenlabs, source: provider",
    "client": "provider: reson8, source: client",
}
"""What Home Assistant sees at an address is one profile: each has its own."""

EARLY = ("elevenlabs", "reson8", "scriptix", "service")
"""Those whose end the bridge finds, or the service behind it."""

SAID = {"something": "go somewhere and do something", "goforward": "go forward ten years"}
"""What the offline recogniser understands."""

early = pytest.mark.parametrize("profile", EARLY)


@pytest.fixture(scope="module")
def integration() -> None:
    """Ours is not installed."""


@pytest.fixture(scope="module")
async def places(folder: Path, recogniser: LocalServer) -> AsyncIterator[Mapping[str, int]]:
    """The bridge; where each profile listens."""
    ports = {name: free_port() for name in PROFILES}
    lines = ["listen: tcp://127.0.0.1:0", "profiles:"]
    for name, options in PROFILES.items():
        place = f"listen: tcp://127.0.0.1:{ports[name]}"
        url = f"ws://127.0.0.1:{recogniser.port}"
        lines.append(f"  {name}: {{{options}, url: {url}, token: token-0, {place}}}")
    async with bridge(folder, config="\n".join(lines)):
        yield ports


@pytest.fixture(scope="module")
async def pipelines(hass: LiveHass, places: Mapping[str, int]) -> Mapping[str, str]:
    """A pipeline for each profile, set up as a person does."""
    made = {}
    for name, port in places.items():
        form = await hass.client.start_flow("wyoming")
        assert (form.kind, form.fields) == ("form", ("host", "port"))
        added = await hass.client.answer(form, host="127.0.0.1", port=port)
        assert (added.kind, added.title) == ("create_entry", name)
        (entity,) = await hass.client.entities(added.entry_id)
        made[name] = await create_pipeline(hass.client, engine=str(entity["entity_id"]))
    return made


async def heard(hass: LiveHass, pipeline: str, name: str) -> AssistRun:
    return await speak(hass.client, pipeline, in_real_time(utterance(name)))


@pytest.mark.parametrize("name", SAID)
@early
async def test_a_command_is_understood_while_the_microphone_is_still_open(
    name: str, profile: str, hass: LiveHass, pipelines: Mapping[str, str]
) -> None:
    run = await heard(hass, pipelines[profile], name)

    assert run.text == SAID[name]
    assert not run.audio_ended


@early
async def test_home_assistant_leaves_the_end_to_a_profile_that_finds_it(
    profile: str, hass: LiveHass, pipelines: Mapping[str, str]
) -> None:
    run = await heard(hass, pipelines[profile], "something")

    assert run.audio_processing == {
        "requires_external_vad": False,
        "prefers_auto_gain_enabled": False,
        "prefers_noise_reduction_enabled": False,
    }
    assert run.kinds == ["run-start", "stt-start", "stt-end", "run-end"]


async def test_home_assistant_finds_the_end_for_a_profile_that_leaves_it_to_the_client(
    hass: LiveHass, pipelines: Mapping[str, str]
) -> None:
    run = await heard(hass, pipelines["client"], "something")

    assert run.audio_processing["requires_external_vad"] is True
    assert run.kinds == [
        "run-start",
        "stt-start",
        "stt-vad-start",
        "stt-vad-end",
        "stt-end",
        "run-end",
    ]
    assert run.text == SAID["something"]


async def test_two_satellites_are_heard_at_the_same_time(
    hass: LiveHass, pipelines: Mapping[str, str]
) -> None:
    runs = await asyncio.gather(*(heard(hass, pipelines["elevenlabs"], name) for name in SAID))

    assert [run.text for run in runs] == list(SAID.values())


async def test_a_room_in_which_nobody_speaks_has_no_words(
    hass: LiveHass, pipelines: Mapping[str, str]
) -> None:
    run = await speak(hass.client, pipelines["reson8"], in_real_time(room(12)))

    assert run.error == "stt-no-text-recognized"


async def test_its_log_has_no_error_of_the_wyoming_integration(
    hass: LiveHass, pipelines: Mapping[str, str]
) -> None:
    await heard(hass, pipelines["reson8"], "something")

    assert hass.warnings(about="components.wyoming") == []

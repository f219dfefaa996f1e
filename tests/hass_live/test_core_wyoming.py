"""Home Assistant's own Wyoming integration with the bridge."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from assist import AssistRun, create_pipeline, in_real_time, room_noise, speak, utterance
from live_hass import LiveHass
from programs import LocalServer, bridge, free_port

PROFILES = {
    "elevenlabs": "provider: elevenlabs, source: race",
    "reson8": "provider: reson8, source: race",
    "scriptix": "provider: scriptix, source: race",
    "service": "provider: elevenlabs, source: provider",
    "client": "provider: reson8, source: client",
}
"""The profiles. Each listens at its own address, because Home Assistant uses one profile per
address."""

EARLY = ("elevenlabs", "reson8", "scriptix", "service")
"""The profiles for which the bridge or its service finds the end of speech."""

TEXTS = {"something": "go somewhere and do something", "goforward": "go forward ten years"}
"""The text that PocketSphinx recognises in each sample."""

early = pytest.mark.parametrize("profile", EARLY)


@pytest.fixture(scope="module")
def integration() -> None:
    """Install no custom integration."""


@pytest.fixture(scope="module")
async def ports(folder: Path, recogniser: LocalServer) -> AsyncIterator[Mapping[str, int]]:
    """Start the bridge and return the port of each profile."""
    free = {name: free_port() for name in PROFILES}
    lines = ["listen: tcp://127.0.0.1:0", "profiles:"]
    for name, options in PROFILES.items():
        listen = f"listen: tcp://127.0.0.1:{free[name]}"
        url = f"ws://127.0.0.1:{recogniser.port}"
        lines.append(f"  {name}: {{{options}, url: {url}, token: token-0, {listen}}}")
    async with bridge(folder, config="\n".join(lines)):
        yield free


@pytest.fixture(scope="module")
async def pipelines(hass: LiveHass, ports: Mapping[str, int]) -> Mapping[str, str]:
    """Create a pipeline for each profile, as a user does."""
    pipelines = {}
    for name, port in ports.items():
        form = await hass.client.start_flow("wyoming")
        assert (form.kind, form.fields) == ("form", ("host", "port"))
        added = await hass.client.answer(form, host="127.0.0.1", port=port)
        assert (added.kind, added.title) == ("create_entry", name)
        (entity,) = await hass.client.entities(added.entry_id)
        pipelines[name] = await create_pipeline(hass.client, engine=str(entity["entity_id"]))
    return pipelines


async def say(hass: LiveHass, pipeline: str, name: str) -> AssistRun:
    return await speak(hass.client, pipeline, in_real_time(utterance(name)))


@pytest.mark.parametrize("name", TEXTS)
@early
async def test_a_command_is_understood_while_the_microphone_is_still_open(
    name: str, profile: str, hass: LiveHass, pipelines: Mapping[str, str]
) -> None:
    run = await say(hass, pipelines[profile], name)

    assert run.text == TEXTS[name]


@early
async def test_home_assistant_does_not_run_its_vad_if_the_bridge_finds_the_end(
    profile: str, hass: LiveHass, pipelines: Mapping[str, str]
) -> None:
    run = await say(hass, pipelines[profile], "something")

    assert run.audio_processing == {
        "requires_external_vad": False,
        "prefers_auto_gain_enabled": False,
        "prefers_noise_reduction_enabled": False,
    }
    assert run.kinds == ["run-start", "stt-start", "stt-end", "run-end"]


async def test_home_assistant_finds_the_end_with_the_source_client(
    hass: LiveHass, pipelines: Mapping[str, str]
) -> None:
    run = await say(hass, pipelines["client"], "something")

    assert run.audio_processing["requires_external_vad"] is True
    assert run.kinds == [
        "run-start",
        "stt-start",
        "stt-vad-start",
        "stt-vad-end",
        "stt-end",
        "run-end",
    ]
    assert run.text == TEXTS["something"]


async def test_two_utterances_at_the_same_time(
    hass: LiveHass, pipelines: Mapping[str, str]
) -> None:
    runs = await asyncio.gather(*(say(hass, pipelines["elevenlabs"], name) for name in TEXTS))

    assert [run.text for run in runs] == list(TEXTS.values())


async def test_a_quiet_room_has_no_text(hass: LiveHass, pipelines: Mapping[str, str]) -> None:
    run = await speak(hass.client, pipelines["reson8"], in_real_time(room_noise(12)))

    assert run.error == "stt-no-text-recognized"


async def test_the_wyoming_integration_logs_no_errors(
    hass: LiveHass, pipelines: Mapping[str, str]
) -> None:
    await say(hass, pipelines["reson8"], "something")

    assert hass.warnings(about="components.wyoming") == []

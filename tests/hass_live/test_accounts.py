"""The integration in a real Home Assistant: accounts, commands and entities."""

import asyncio
import json
import shutil
from collections.abc import Mapping

import pytest

from accounts import (
    DOMAIN,
    SERVICES,
    Account,
    add_account,
    entity_ids,
    open_form,
    say,
    service_form,
)
from assist import SAMPLES, SPOKEN_TEXT, create_pipeline, in_real_time, speak, utterance
from hass_client import Json, mapping, text
from live_hass import LiveHass
from patience import PATIENCE_S
from programs import LocalServer
from waiting import eventually

PROVIDERS = (*SERVICES, "local")


@pytest.fixture(scope="module")
async def accounts(hass: LiveHass, recogniser: LocalServer) -> Mapping[str, Account]:
    """Add an account of each provider, with a local server as the service."""
    forms = {
        service: service_form(service, recogniser, token=f"token-{number}")
        for number, service in enumerate(SERVICES)
    }
    place = {"url": f"http://127.0.0.1:{recogniser.port}", "token": "token-9"}
    forms["local"] = {**place, "protocol": "scriptix", "language": "en"}
    return {
        provider: await add_account(hass, provider, **answers)
        for provider, answers in forms.items()
    }


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_command_is_understood_while_the_microphone_is_still_open(
    provider: str, hass: LiveHass, accounts: Mapping[str, Account]
) -> None:
    run = await say(hass, accounts[provider])

    assert run.text == SPOKEN_TEXT
    assert run.kinds == ["run-start", "stt-start", "stt-end", "run-end"]
    assert run.audio_processing == {
        "requires_external_vad": False,
        "prefers_auto_gain_enabled": False,
        "prefers_noise_reduction_enabled": False,
    }


async def test_several_utterances_at_the_same_time(
    hass: LiveHass, accounts: Mapping[str, Account]
) -> None:
    providers = ("reson8", "reson8", "scriptix")

    runs = await asyncio.gather(*(say(hass, accounts[provider]) for provider in providers))

    assert [run.text for run in runs] == [SPOKEN_TEXT] * 3


async def test_home_assistant_finds_the_end_with_the_source_client(
    hass: LiveHass, accounts: Mapping[str, Account]
) -> None:
    form = await hass.client.start_subentry_flow(accounts["reson8"].entry_id, "stt")
    added = await hass.client.answer(
        form,
        name="Left to Assist",
        end_of_speech={"source": "client"},
        bias={},
        advanced={},
    )
    assert added.kind == "create_entry", added

    async def look() -> str | None:
        engines = await entity_ids(hass, accounts["reson8"].entry_id, "stt")
        return next(iter(set(engines) - {accounts["reson8"].entity_id}), None)

    engine = await eventually(look, within_s=PATIENCE_S, what="the second entity")
    pipeline = await create_pipeline(hass.client, engine=engine)

    run = await speak(hass.client, pipeline, in_real_time(utterance()))

    assert run.audio_processing["requires_external_vad"] is True
    assert "stt-vad-end" in run.kinds
    assert run.text == SPOKEN_TEXT


async def test_a_wrong_token_is_shown_at_its_field_and_can_be_corrected(
    hass: LiveHass, recogniser: LocalServer
) -> None:
    for number, service in enumerate(SERVICES, start=3):
        form = await open_form(hass.client, service)
        wrong = await hass.client.answer(form, **service_form(service, recogniser, token="wrong"))
        right = await hass.client.answer(
            wrong, **service_form(service, recogniser, token=f"token-{number}")
        )

        assert (wrong.kind, wrong.errors) == ("form", {"token": "token_refused"})
        assert right.kind == "create_entry"
        await hass.client.remove_entry(right.entry_id)


async def test_an_unused_address_and_an_existing_account_are_reported(
    hass: LiveHass, accounts: Mapping[str, Account], recogniser: LocalServer
) -> None:
    unused = {"url": "ws://127.0.0.1:9", "token": "token-8", "protocol": "reson8"}
    again = service_form("reson8", recogniser, token=f"token-{SERVICES.index('reson8')}")

    form = await open_form(hass.client, "local")
    unreachable = await hass.client.answer(form, **unused)
    form = await open_form(hass.client, "reson8")
    known = await hass.client.answer(form, **again)

    assert unreachable.errors == {"url": "connection_refused"}
    assert (known.kind, known.reason) == ("abort", "already_configured")


def caption_of(state: Json) -> tuple[str, str]:
    attributes = mapping(state["attributes"])
    return text(attributes, "event_type"), text(attributes, "text")


async def test_captions_are_shown_during_an_utterance(
    hass: LiveHass, accounts: Mapping[str, Account]
) -> None:
    account = accounts["elevenlabs"]
    (caption,) = await entity_ids(hass, account.entry_id, "event")
    await hass.client.enable_entity(caption)
    await hass.client.reload_entry(account.entry_id)

    async with hass.client.watching(caption) as states:
        run = await say(hass, account)
        shown = await states.until(lambda state: caption_of(state)[0] == "final")

    captions = [caption_of(state) for state in shown]
    partials = [words for kind, words in captions if kind == "partial"]
    assert captions[-1] == ("final", run.text)
    assert any(partials)  # which ones are shown depends on the speed of the machine


async def test_the_sensors_have_values_and_the_diagnostics_no_secrets(
    hass: LiveHass, accounts: Mapping[str, Account]
) -> None:
    account = accounts["scriptix"]
    await say(hass, account)

    sensors = {
        text(entity, "translation_key"): await hass.client.state(text(entity, "entity_id"))
        for entity in await hass.client.entities(account.entry_id)
        if text(entity, "entity_id").startswith("sensor.") and entity["disabled_by"] is None
    }
    diagnostics = json.dumps(
        await hass.client.get(f"/api/diagnostics/config_entry/{account.entry_id}")
    )

    assert float(text(sensors["response_time"], "state")) > 0
    assert 2 < float(text(sensors["audio_today"], "state")) < 60
    assert "token-2" not in diagnostics
    assert "somewhere" not in diagnostics


async def test_the_action_transcribes_a_recording(
    hass: LiveHass, accounts: Mapping[str, Account]
) -> None:
    shutil.copy(SAMPLES / "something.wav", hass.media / "something.wav")

    entity_id = accounts["reson8"].entity_id
    answers = await hass.client.call(
        DOMAIN, "transcribe", entity_id=entity_id, source=str(hass.media / "something.wav")
    )
    answer = mapping(mapping(answers)[entity_id])

    assert answer["text"] == SPOKEN_TEXT
    assert answer["duration"] == 3.0


async def test_a_removed_account_leaves_no_entities(
    hass: LiveHass, recogniser: LocalServer
) -> None:
    account = await add_account(
        hass, "reson8", **service_form("reson8", recogniser, token="token-7")
    )

    await hass.client.remove_entry(account.entry_id)

    assert await hass.client.entities(account.entry_id) == []
    assert account.entry_id not in {each.entry_id for each in await hass.client.entries(DOMAIN)}


async def test_there_are_no_warnings(hass: LiveHass, accounts: Mapping[str, Account]) -> None:
    assert {each.state for each in await hass.client.entries(DOMAIN)} == {"loaded"}
    warnings = hass.warnings(about=f"custom_components.{DOMAIN}")
    # On a busy machine the recogniser may be late, which says nothing about the integration. If a
    # test needs the text, it fails itself.
    assert [each for each in warnings if "no transcript arrived within" not in each] == []

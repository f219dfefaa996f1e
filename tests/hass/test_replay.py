"""The actions that transcribe a recorded utterance again, and delete recordings."""

from collections.abc import Mapping
from typing import Any

import pytest
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import parse_yaml
from pytest_homeassistant_custom_component.common import MockUser, async_mock_service

from accounts import (
    DOMAIN,
    KITCHEN,
    account,
    bridge_account,
    set_up,
    set_up_enabled,
    transcribe,
)
from bridges import Bridge
from examples_of_docs import PAGE, example_after, examples
from microphones import SOUND, WORDS, Microphone, words_of
from recorders import (
    SWITCH,
    add_older,
    call,
    kept_of,
    put_file,
    record,
    recorded_account,
    recorder_of,
    turn,
)
from servers import Server, StartServer


async def test_the_newest_utterance_is_transcribed_again(
    hass: HomeAssistant, server: Server
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    utterance_id = await record(hass, entry)
    (kept,) = await kept_of(hass, entry)
    await add_older(hass, kept, as_id="0lder", hours=1)

    answer = await call(hass, "replay")

    recorded = answer.pop("recorded")
    assert (answer["text"], answer["complete"], answer["duration"]) == (WORDS, True, 1.0)
    assert answer["utterance_id"] != utterance_id
    assert dt_util.parse_datetime(recorded.pop("when")).replace(microsecond=0) == kept.began_at
    assert recorded == {
        "utterance_id": utterance_id,
        "entity_id": KITCHEN,
        "text": WORDS,
        "code": None,
    }


async def test_a_replay_right_after_the_utterance_waits_for_its_recording(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server))
    await turn(hass, "on")
    other = SOUND[::-1]

    for pcm in (SOUND, other):
        await transcribe(hass, Microphone(pcm).stream())
        answer = await call(hass, "replay", utterance=last_id(hass))
        assert answer["text"] == answer["recorded"]["text"] == words_of(pcm)


def last_id(hass: HomeAssistant) -> str:
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    return entry.runtime_data.usage["kitchen"].last_utterance_id


async def test_a_replay_is_neither_live_nor_recorded(hass: HomeAssistant, server: Server) -> None:
    entry = account(server)
    await set_up_enabled(hass, entry)
    await turn(hass, "on")
    await transcribe(hass)
    before = hass.states.get("event.kitchen_transcript")
    response_ms = entry.runtime_data.usage["kitchen"].response_ms

    await call(hass, "replay")
    await hass.async_block_till_done()

    assert len(await kept_of(hass, entry)) == 1
    assert hass.states.get("event.kitchen_transcript") == before
    assert entry.runtime_data.usage["kitchen"].response_ms == response_ms
    assert entry.runtime_data.usage["kitchen"].utterances == 2


async def test_an_utterance_is_replayed_through_other_entities_and_a_bridge(
    hass: HomeAssistant, server: Server, bridge: Bridge
) -> None:
    kitchen = account(server)
    hall = account(server, "elevenlabs", name="Hall")
    attic = bridge_account(bridge, name="Attic")
    await set_up(hass, kitchen, hall, attic)
    utterance_id = await record(hass, kitchen)

    responses = await hass.services.async_call(
        DOMAIN,
        "replay",
        {"utterance": utterance_id},
        target={"entity_id": ["stt.hall", "stt.attic"]},
        blocking=True,
        return_response=True,
    )

    heard = {
        name: (each["text"], each["recorded"]["utterance_id"], each["recorded"]["entity_id"])
        for name, each in responses.items()
    }
    expected = (WORDS, utterance_id, KITCHEN)
    assert heard == {"stt.hall": expected, "stt.attic": expected}


async def test_the_script_of_the_documentation_compares_services(
    hass: HomeAssistant, server: Server
) -> None:
    kitchen = account(server)
    await set_up(hass, kitchen, account(server, "elevenlabs", name="Hall"))
    await record(hass, kitchen)
    example = example_after(PAGE, "which text each of your services returns for the command")
    for name, own in (("elevenlabs_scribe_stt", "kitchen"), ("reson8_stt", "hall")):
        example = example.replace(f"stt.{name}", f"stt.{own}")
    shown = async_mock_service(hass, "persistent_notification", "create")
    assert await async_setup_component(hass, "script", {"script": {"ask": parse_yaml(example)}})

    await hass.services.async_call("script", "ask", blocking=True)

    (notification,) = shown
    lines = notification.data["message"].splitlines()
    assert notification.data["title"] == f"Then: {WORDS}"
    assert sorted(lines) == [f"- Hall: {WORDS}", f"- Kitchen: {WORDS}"]


@pytest.mark.parametrize("example", examples(PAGE))
def test_each_example_of_the_documentation_is_valid_yaml(example: str) -> None:
    assert isinstance(parse_yaml(example), dict)


async def test_an_utterance_without_a_result_can_be_replayed(
    hass: HomeAssistant, server: Server
) -> None:
    entry = await recorded_account(hass, server)
    await server.pause()
    await transcribe(hass)
    await server.start()
    await entry.runtime_data.async_refresh()

    answer = await call(hass, "replay")

    assert answer["text"] == WORDS
    assert (answer["recorded"]["text"], answer["recorded"]["code"]) == (None, "cannot_connect")


@pytest.mark.parametrize(("own", "used"), [({}, "nl"), ({"language": "de"}, "de")])
async def test_the_language_is_that_of_the_entity_or_else_of_the_recording(
    own: Mapping[str, str], used: str, *, hass: HomeAssistant, server: Server
) -> None:
    kitchen = account(server)
    await set_up(hass, kitchen, account(server, name="Hall", **own))
    await turn(hass, "on")
    await transcribe(hass, language="nl")

    assert (await call(hass, "replay", "stt.hall"))["language"] == used


async def test_the_recordings_of_an_account_that_is_not_loaded_can_be_replayed(
    hass: HomeAssistant, server: Server
) -> None:
    kitchen = account(server)
    await set_up(hass, kitchen, account(server, name="Hall"))
    await record(hass, kitchen)
    await hass.config_entries.async_unload(kitchen.entry_id)

    assert (await call(hass, "replay", "stt.hall"))["recorded"]["entity_id"] == KITCHEN


@pytest.mark.parametrize("action", ["replay", "delete_recordings"])
async def test_without_recordings_the_user_is_told_how_to_get_some(
    action: str, hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server))

    with pytest.raises(ServiceValidationError) as refused:
        await call(hass, action, utterance="1f2e3d4c")

    assert (refused.value.translation_domain, refused.value.translation_key) == (
        DOMAIN,
        "no_recordings",
    )


@pytest.mark.parametrize("action", ["replay", "delete_recordings"])
@pytest.mark.parametrize("utterance", ["1f2e3d4c", 7, True, [], {"id": 1}, "../../etc", "x" * 999])
async def test_an_unknown_utterance_is_refused_with_the_newest_ones(
    action: str, utterance: object, *, hass: HomeAssistant, server: Server
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    newest = await record(hass, entry)

    with pytest.raises(ServiceValidationError) as refused:
        await call(hass, action, utterance=utterance)

    assert refused.value.translation_key == "no_such_recording"
    assert refused.value.translation_placeholders == {
        "utterance": str(utterance),
        "newest": newest,
    }
    assert len(await kept_of(hass, entry)) == 1


@pytest.mark.parametrize("data", [{}, {"utterance": ""}, {"utterance": " "}, {"utterance": None}])
async def test_a_replay_without_an_id_takes_the_newest(
    data: dict[str, Any], hass: HomeAssistant, server: Server
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    newest = await record(hass, entry)

    assert (await call(hass, "replay", **data))["recorded"]["utterance_id"] == newest


@pytest.mark.parametrize("file", ["audio.flac", "recording.json"])
async def test_a_damaged_recording_is_reported(
    file: str, hass: HomeAssistant, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    await record(hass, entry)
    (kept,) = await kept_of(hass, entry)
    await hass.async_add_executor_job((kept.folder / file).write_text, "no recording")

    with pytest.raises(HomeAssistantError) as failed:
        await call(hass, "replay")

    assert failed.value.translation_key == "recordings_unusable"
    assert failed.value.translation_placeholders == {"code": "config_invalid"}
    assert str(kept.folder / file) in caplog.text


@pytest.mark.parametrize("action", ["replay", "delete_recordings", "list_recordings"])
async def test_a_folder_that_cannot_be_read_is_reported(
    action: str, hass: HomeAssistant, server: Server
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    await hass.async_add_executor_job(put_file, recorder_of(entry).store.folder)

    with pytest.raises(HomeAssistantError) as failed:
        await call(hass, action)

    assert failed.value.translation_key == "path_unusable"
    assert failed.value.translation_placeholders["reason"] == "ENOTDIR"


async def test_a_failure_of_the_service_has_a_translated_message(
    hass: HomeAssistant, server: Server, start_server: StartServer
) -> None:
    kitchen, stopped = account(server), await start_server()
    await set_up(hass, kitchen, account(stopped, name="Hall"))
    await record(hass, kitchen)
    await stopped.pause()

    with pytest.raises(HomeAssistantError) as failed:
        await call(hass, "replay", "stt.hall")

    assert failed.value.translation_key == "connection_refused"


@pytest.mark.parametrize(
    "action", ["replay", "delete_recordings", "list_recordings", "export_recording"]
)
async def test_only_administrators_and_automations_may_use_recordings(
    action: str, hass: HomeAssistant, server: Server, hass_read_only_user: MockUser
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    await record(hass, entry)

    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            DOMAIN,
            action,
            {"entity_id": KITCHEN},
            blocking=True,
            return_response=True,
            context=Context(user_id=hass_read_only_user.id),
        )

    assert len(await kept_of(hass, entry)) == 1


async def test_all_recordings_of_an_entity_are_deleted(hass: HomeAssistant, server: Server) -> None:
    kitchen, hall = account(server), account(server, name="Hall")
    await set_up(hass, kitchen, hall)
    await turn(hass, "on", "switch.hall_record_utterances")
    await transcribe(hass, entity_id="stt.hall")
    await record(hass, kitchen)
    await add_older(hass, (await kept_of(hass, kitchen))[0], as_id="0lder", hours=1)

    assert await call(hass, "delete_recordings") == {"deleted": 2}
    assert await call(hass, "delete_recordings") == {"deleted": 0}

    assert not await kept_of(hass, kitchen)
    assert len(await kept_of(hass, hall)) == 1


async def test_one_recording_is_deleted(hass: HomeAssistant, server: Server) -> None:
    entry = account(server)
    await set_up(hass, entry)
    newest = await record(hass, entry)
    await add_older(hass, (await kept_of(hass, entry))[0], as_id="0lder", hours=1)

    assert await call(hass, "delete_recordings", utterance=newest) == {"deleted": 1}

    assert [each.id for each in await kept_of(hass, entry)] == ["0lder"]


async def test_recordings_are_deleted_without_a_response_while_the_switch_is_on(
    hass: HomeAssistant, server: Server
) -> None:
    entry = await recorded_account(hass, server)
    await transcribe(hass)

    await hass.services.async_call(
        DOMAIN, "delete_recordings", {"entity_id": KITCHEN}, blocking=True
    )

    assert hass.states.get(SWITCH).state == "on"
    assert not await kept_of(hass, entry)


@pytest.mark.parametrize("utterance", ["", " ", None])
async def test_an_empty_id_does_not_delete_everything(
    utterance: str | None, hass: HomeAssistant, server: Server
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    await record(hass, entry)

    with pytest.raises(ServiceValidationError) as refused:
        await call(hass, "delete_recordings", utterance=utterance)

    assert refused.value.translation_key == "no_utterance"
    assert len(await kept_of(hass, entry)) == 1


async def test_the_recordings_of_a_bridge_cannot_be_deleted_here(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    await set_up(hass, bridge_account(bridge))

    with pytest.raises(ServiceValidationError) as refused:
        await call(hass, "delete_recordings")

    assert refused.value.translation_key == "recorded_by_bridge"
    assert refused.value.translation_placeholders == {"entity": "Kitchen"}

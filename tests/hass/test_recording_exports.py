"""The actions that list the recordings of an entity, and export one of them."""

import json
import sys
import zipfile
from pathlib import Path

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import account, add_entity, bridge_account, set_up, transcribe
from bridges import Bridge
from microphones import WORDS
from recorders import add_older, call, kept_of, put_file, record, recorder_of, turn
from servers import TOKEN, Server


@pytest.fixture
async def entry(hass: HomeAssistant, server: Server) -> MockConfigEntry:
    """Set up an account with one recording."""
    entry = account(server)
    await set_up(hass, entry)
    await record(hass, entry)
    return entry


def content_of(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def exports_below(*folders: Path) -> list[Path]:
    return [file for folder in folders for file in folder.rglob("*.zip")]


async def test_recordings_are_listed_with_their_folder_the_newest_first(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    (kept,) = await kept_of(hass, entry)
    await add_older(hass, kept, as_id="0lder", hours=1)

    listed = await call(hass, "list_recordings")

    newest, older = listed["recordings"]
    assert listed["folder"] == str(recorder_of(entry).store.folder)
    assert dt_util.parse_datetime(newest.pop("when")).replace(microsecond=0) == kept.began_at
    assert newest == {
        "utterance_id": kept.id,
        "duration": 1.0,
        "language": "en",
        "text": WORDS,
        "code": None,
    }
    assert (older["utterance_id"], older["text"]) == ("0lder", WORDS)


async def test_a_list_has_only_the_recordings_of_the_entity(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await add_entity(hass, entry, "Hall")

    assert (await call(hass, "list_recordings", "stt.hall"))["recordings"] == []


async def test_a_list_has_the_code_of_an_error_and_of_a_damaged_recording(
    hass: HomeAssistant, entry: MockConfigEntry, server: Server
) -> None:
    (kept,) = await kept_of(hass, entry)
    await hass.async_add_executor_job((kept.folder / "recording.json").write_text, "{}")
    await turn(hass, "on")
    await server.pause()
    await transcribe(hass)
    await server.start()
    await entry.runtime_data.async_refresh()
    await hass.async_block_till_done()

    listed = (await call(hass, "list_recordings"))["recordings"]
    # If both began in the same second, their order is not defined.
    failed, damaged = sorted(listed, key=lambda each: each["utterance_id"] == kept.id)

    assert (failed["code"], failed["text"]) == ("cannot_connect", None)
    assert (damaged["utterance_id"], damaged["code"]) == (kept.id, "unreadable")
    assert dt_util.parse_datetime(damaged["when"]) == kept.began_at


async def test_the_newest_recording_is_exported_without_tokens(
    hass: HomeAssistant, server: Server, folder: Path
) -> None:
    entry = account(server, bias={"terms": [f"key {TOKEN}", "Villa"], "home_names": False})
    await set_up(hass, entry)
    await record(hass, entry)
    (kept,) = await kept_of(hass, entry)
    await add_older(hass, kept, as_id="0lder", hours=1)
    stored = await hass.async_add_executor_job((kept.folder / "recording.json").read_bytes)

    answer = await call(hass, "export_recording", folder=str(folder))

    file = folder / f"wyoming-bridge-{kept.id}.zip"
    content = await hass.async_add_executor_job(content_of, file)
    assert answer == {"utterance_id": kept.id, "file": str(file)}
    assert set(content) == {"about.json", "recording.json", "audio.flac"}
    assert TOKEN.encode() in stored
    assert not [name for name, data in content.items() if TOKEN.encode() in data]
    assert b"Villa" in content["recording.json"]
    assert content["audio.flac"].startswith(b"fLaC")


async def test_a_recording_is_exported_by_its_id_without_the_audio(
    hass: HomeAssistant, entry: MockConfigEntry, folder: Path
) -> None:
    await add_older(hass, (await kept_of(hass, entry))[0], as_id="0lder", hours=1)

    answer = await call(
        hass, "export_recording", folder=str(folder), utterance="0lder", audio=False
    )

    content = await hass.async_add_executor_job(content_of, Path(answer["file"]))
    assert set(content) == {"about.json", "recording.json"}
    assert json.loads(content["recording.json"])["id"] == "0lder"


async def test_an_export_replaces_no_file(
    hass: HomeAssistant, entry: MockConfigEntry, folder: Path
) -> None:
    first = await call(hass, "export_recording", folder=str(folder))
    before = await hass.async_add_executor_job(Path(first["file"]).read_bytes)

    with pytest.raises(ServiceValidationError) as refused:
        await call(hass, "export_recording", folder=str(folder), audio=False)

    assert refused.value.translation_key == "file_exists"
    assert refused.value.translation_placeholders == {"file": first["file"]}
    assert await hass.async_add_executor_job(Path(first["file"]).read_bytes) == before


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({}, "no_folder"),
        ({"folder": " "}, "no_folder"),
        ({"folder": ["{allowed}"]}, "no_folder"),
        ({"folder": "{allowed}/../outside"}, "folder_not_allowed"),
        ({"folder": "{allowed}/link"}, "folder_not_allowed"),
        ({"folder": "{allowed}/a\0b"}, "folder_not_allowed"),
        ({"folder": "{allowed}/missing"}, "no_such_folder"),
        ({"folder": "{allowed}/letter.txt"}, "no_such_folder"),
        ({"folder": "{www}"}, "folder_public"),
        ({"folder": "{www}/local"}, "folder_public"),
        ({"folder": "{allowed}", "utterance": "other"}, "no_such_recording"),
    ],
)
async def test_a_wrong_value_is_refused(
    given: dict[str, object],
    key: str,
    hass: HomeAssistant,
    entry: MockConfigEntry,
    folder: Path,
) -> None:
    www, outside = Path(hass.config.path("www")), folder.parent / "outside"

    def prepare() -> None:
        (www / "local").mkdir(parents=True)
        outside.mkdir()
        (folder / "link").symlink_to(outside)

    await hass.async_add_executor_job(prepare)
    hass.config.allowlist_external_dirs |= {str(www)}
    values = {
        name: each.format(allowed=folder, www=www) if isinstance(each, str) else each
        for name, each in given.items()
    }

    with pytest.raises(ServiceValidationError) as refused:
        await call(hass, "export_recording", **values)

    assert refused.value.translation_key == key
    assert not await hass.async_add_executor_job(exports_below, folder.parent, www)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc, which takes no files")
async def test_a_folder_that_cannot_be_written_is_reported(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    (kept,) = await kept_of(hass, entry)
    hass.config.allowlist_external_dirs = {"/proc"}

    with pytest.raises(HomeAssistantError) as failed:
        await call(hass, "export_recording", folder="/proc")

    assert failed.value.translation_key == "path_missing"
    assert failed.value.translation_placeholders["path"] == f"/proc/wyoming-bridge-{kept.id}.zip"


@pytest.mark.parametrize("action", ["list_recordings", "export_recording"])
async def test_the_recordings_of_a_remote_bridge_are_on_the_bridge(
    action: str, hass: HomeAssistant, bridge: Bridge
) -> None:
    await set_up(hass, bridge_account(bridge))

    with pytest.raises(ServiceValidationError) as refused:
        await call(hass, action)

    assert refused.value.translation_key == "recorded_by_bridge"


async def test_an_entity_without_recordings_has_nothing_to_export(
    hass: HomeAssistant, server: Server, folder: Path
) -> None:
    entry = account(server)
    await set_up(hass, entry)

    with pytest.raises(ServiceValidationError) as refused:
        await call(hass, "export_recording", folder=str(folder))
    await hass.async_add_executor_job(put_file, recorder_of(entry).store.folder)
    with pytest.raises(HomeAssistantError) as unusable:
        await call(hass, "export_recording", folder=str(folder))

    assert refused.value.translation_key == "no_recordings"
    assert unusable.value.translation_key == "path_unusable"

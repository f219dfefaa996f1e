"""The zip for a bug report: what it contains, and what it must not contain."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from recordings import AUDIO, a_recording, a_store
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.house import Area, Floor, House, HouseEntity
from wyoming_bridge.recorder import EventKind, Recording, TraceEvent
from wyoming_bridge.recorder.export import export, redacted

TOKEN = "sk_0123456789abcdef"


def with_text(text: object) -> TraceEvent:
    return TraceEvent(at_ms=5, audio_ms=0, kind=EventKind.WARNING, values={"text": text})


@pytest.mark.parametrize("with_audio", [True, False])
def test_a_report_has_the_recording_and_the_audio_on_request(
    tmp_path: Path, *, with_audio: bool
) -> None:
    store = a_store(tmp_path / "recordings")
    kept = store.add(a_recording(), AUDIO, source=PCM_16K_MONO)
    target = tmp_path / "report.zip"

    export(kept, target, secrets=(), with_audio=with_audio, with_house=False)

    with zipfile.ZipFile(target) as file:
        assert ("audio.flac" in file.namelist()) == with_audio
        assert json.loads(file.read("recording.json"))["events"][-1]["text"] == "turn on the light"
        assert "wyoming_bridge" in json.loads(file.read("about.json"))


@pytest.mark.parametrize("with_house", [True, False])
def test_a_report_has_the_house_only_on_request_and_never_a_token(
    tmp_path: Path, *, with_house: bool
) -> None:
    house = House(
        floors=(Floor(name=f"Attic {TOKEN}"),),
        areas=(Area(name=f"Anna {TOKEN}", aliases=(f"den {TOKEN}",), floor=f"Attic {TOKEN}"),),
        entities=(HouseEntity(name=f"lamp {TOKEN}", domain="light", area=f"Anna {TOKEN}"),),
        sentences=(f"say {TOKEN}",),
    )
    store = a_store(tmp_path / "recordings")
    kept = store.add(replace(a_recording(), house=house), AUDIO, source=PCM_16K_MONO)

    export(kept, tmp_path / "report.zip", secrets=(TOKEN,), with_audio=False, with_house=with_house)

    with zipfile.ZipFile(tmp_path / "report.zip") as file:
        content = file.read("recording.json").decode()
        assert json.loads(file.read("about.json"))["with_house"] == with_house
    exported = Recording.from_json(content).house
    assert TOKEN not in content
    assert ("Anna" in content) == with_house
    assert exported == (
        house.with_texts(lambda text: text.replace(TOKEN, "(removed)")) if with_house else None
    )


def test_a_report_replaces_no_other_file(tmp_path: Path) -> None:
    store = a_store(tmp_path / "recordings")
    kept = store.add(a_recording(), AUDIO, source=PCM_16K_MONO)
    target = tmp_path / "letter.txt"
    target.write_text("mine")

    with pytest.raises(FileExistsError):
        export(kept, target, secrets=(), with_audio=False, with_house=False)

    assert target.read_text() == "mine"


def test_an_export_that_fails_leaves_no_file_behind(tmp_path: Path) -> None:
    store = a_store(tmp_path / "recordings")
    kept = store.add(a_recording(), AUDIO, source=PCM_16K_MONO)
    kept.audio.unlink()  # as if it had become too old meanwhile
    target = tmp_path / "export.zip"

    with pytest.raises(FileNotFoundError):
        export(kept, target, secrets=(), with_audio=True, with_house=False)

    assert not target.exists()


def test_a_report_has_no_address_of_a_client() -> None:
    assert "192.0.2.7" not in redacted(a_recording(), secrets=()).to_json()


@pytest.mark.parametrize(
    "text",
    [
        f"refused: {TOKEN}",
        f"wss://example.org/?token={TOKEN}&language=en",
        f"Authorization: Bearer {TOKEN}",
        f'{{"api_key":"{TOKEN}"}}',
        f"xi-api-key: {TOKEN}",
        {"nested": [{TOKEN: f"in a name and in a value {TOKEN}"}]},
    ],
)
def test_no_secret_of_the_configuration_is_in_a_report(text: object) -> None:
    recording = replace(a_recording(), events=[with_text(text)])

    assert TOKEN not in redacted(recording, secrets=(TOKEN, "")).to_json()


@pytest.mark.parametrize(
    "text",
    [
        f"wss://example.org/?token={TOKEN}&language=en",
        f"Authorization: Bearer {TOKEN}",
        f'{{"api_key":"{TOKEN}"}}',
        f"xi-api-key: {TOKEN}",
        f"client_secret = '{TOKEN}'",
    ],
)
def test_a_text_that_looks_like_a_secret_is_not_in_a_report_either(text: str) -> None:
    recording = replace(a_recording(), events=[with_text(text)])
    shown = redacted(recording, secrets=()).to_json()

    assert TOKEN not in shown
    assert "(removed)" in shown


def test_ordinary_words_are_not_removed() -> None:
    text = "the secret of the token is a password"
    recording = replace(a_recording(), events=[with_text(text)])

    assert redacted(recording, secrets=()).events[0].values["text"] == text

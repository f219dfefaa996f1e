"""The command ``recordings``."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from commands import SAMPLES, run
from recordings import NOW, a_recording, a_store, with_message
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.house import Area, House
from wyoming_bridge.local.engines.scripted import scripted_words

pytestmark = pytest.mark.once

SAID = SAMPLES / "goforward.wav"
AUDIO = bytes([9, 3]) * 16_000
TOKEN = "s3cr3t-t0k3n-0f-th3-s3rv1c3"

CONFIG = f"""\
recorder: {{folder: recordings}}
profiles:
  here: {{provider: local, engine: scripted}}
  there: {{provider: reson8, token: {TOKEN}, url: 'ws://127.0.0.1:9'}}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "bridge.yaml"
    path.write_text(CONFIG)
    path.chmod(0o600)
    return path


@pytest.fixture
def recorded(config: Path) -> str:
    """Add a recording with a token to the configured folder, and return the recording's id."""
    store = a_store(config.parent / "recordings")
    recording = with_message(a_recording("1f2e"), f"the service said {TOKEN} by mistake")
    kept = store.add(recording, AUDIO, source=PCM_16K_MONO)
    return kept.id


def recordings(action: str, *arguments: str, config: Path) -> tuple[int, str, str]:
    done = run("recordings", action, *arguments, "--config", str(config))
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_the_list_has_a_line_for_each_recording(config: Path, recorded: str) -> None:
    code, out, _ = recordings("list", config=config)

    assert code == 0
    began = NOW.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    assert out == f"{recorded}  {began}  kitchen  turn on the light\n"


def test_the_list_is_json_too(config: Path, recorded: str) -> None:
    _, out, _ = recordings("list", "--json", config=config)

    facts = json.loads(out)
    assert facts["id"] == recorded
    assert facts["why_ended"] == "260 ms of silence; 250 ms are enough after a complete command"


def test_without_recordings_the_list_is_empty_and_says_how_to_record(config: Path) -> None:
    code, out, err = recordings("list", config=config)

    assert (code, out) == (0, "")
    assert err.startswith("wyoming-bridge: no recordings in ")
    assert "`recorder`" in err


def test_a_recording_that_cannot_be_read_is_reported_and_the_others_are_listed(
    config: Path, recorded: str
) -> None:
    folder = config.parent / "recordings"
    store = a_store(folder)
    store.add(a_recording("2f2e"), AUDIO, source=PCM_16K_MONO)
    (store.find("2f2e").folder / "recording.json").write_text("{}")

    code, out, err = recordings("list", config=config)

    assert (code, out.count("\n"), recorded in out) == (0, 1, True)
    assert "recording.json: a recording must be" in err


def test_show_prints_what_happened_in_order(config: Path, recorded: str) -> None:
    _, out, _ = recordings("show", recorded, config=config)

    assert "client:     192.0.2.7\nvia:        wyoming\nrequested:  kitchen-1\n" in out
    assert out.index("session_opened") < out.index("result")


def test_an_id_that_does_not_exist_is_an_error(config: Path, recorded: str) -> None:
    code, _, err = recordings("show", "nothing", config=config)

    assert code == 2
    assert 'no recording "nothing"' in err
    assert recorded in err


@pytest.mark.parametrize("pace", ["fast", "2"])
def test_a_recording_is_transcribed_again_by_another_profile(
    pace: str, config: Path, recorded: str
) -> None:
    code, out, err = recordings(
        "replay", recorded, "--profile", "here", "--pace", pace, config=config
    )

    assert code == 0
    # The words of the scripted engine depend on the terms that it gets.
    assert out.split() == scripted_words(AUDIO, bias_terms=["Küche"]) != scripted_words(AUDIO)
    assert "profile here" in err


def test_a_replay_uses_the_house_of_the_client(config: Path) -> None:
    similar = "Küche Küche Küche Küche Kübe"
    recording = replace(a_recording("3f2e"), house=House(sentences=(similar,)))
    a_store(config.parent / "recordings").add(recording, AUDIO, source=PCM_16K_MONO)

    _, shown, _ = recordings("show", "3f2e", config=config)
    code, out, _ = recordings("replay", "3f2e", "--profile", "here", "--json", config=config)

    result = json.loads(out.splitlines()[-1])
    assert "house:      0 names, 1 sentences\n" in shown
    assert code == 0
    # The recording's house has changed the text. The bridge has no house of its own.
    assert (result["said"], result["text"]) == ("Küche Küche Küche Küche Küche", similar)


def test_what_was_really_said_is_stored_and_removed(config: Path, recorded: str) -> None:
    def noted(*arguments: str) -> str | None:
        assert recordings("truth", recorded, *arguments, config=config)[0] == 0
        return a_store(config.parent / "recordings").find(recorded).read().truth

    assert noted(" turn off the light ") == "turn off the light"
    assert noted("") == ""
    assert noted("--remove") is None
    assert recordings("truth", recorded, config=config)[0] == 2


@pytest.mark.parametrize("pace", ["slow", "0", "-1", "nan", "1000"])
def test_a_pace_that_does_not_exist_is_an_error(pace: str, config: Path, recorded: str) -> None:
    code, _, err = recordings("replay", recorded, "--pace", pace, config=config)

    assert code == 2
    assert 'pace must be "realtime", "fast" or a number from 0.1 to 100' in err


@pytest.mark.parametrize("options", [[], ["--with-house"]])
def test_an_export_has_the_names_of_the_house_only_on_request(
    config: Path, options: list[str]
) -> None:
    recording = replace(a_recording("3f2e"), house=House(areas=(Area(name="Anna's room"),)))
    a_store(config.parent / "recordings").add(recording, AUDIO, source=PCM_16K_MONO)
    target = config.parent / "report.zip"

    assert recordings("export", "3f2e", str(target), *options, config=config)[0] == 0

    with zipfile.ZipFile(target) as file:
        assert ("Anna" in file.read("recording.json").decode()) == bool(options)


@pytest.mark.parametrize("audio", [True, False])
def test_an_export_has_no_token(config: Path, recorded: str, *, audio: bool) -> None:
    target = config.parent / "report.zip"
    arguments = [] if audio else ["--without-audio"]
    code, out, _ = recordings("export", recorded, str(target), *arguments, config=config)

    assert (code, out) == (0, f"{target}\n")
    with zipfile.ZipFile(target) as file:
        assert ("audio.flac" in file.namelist()) == audio
        assert "the service said (removed) by mistake" in file.read("recording.json").decode()
        assert not any(TOKEN.encode() in file.read(name) for name in file.namelist())


def test_an_export_to_an_existing_file_is_an_error(config: Path, recorded: str) -> None:
    code, _, err = recordings("export", recorded, str(config), config=config)

    assert code == 2
    assert "File exists" in err
    assert config.read_text() == CONFIG


def test_delete_needs_an_id_or_all(config: Path, recorded: str) -> None:
    assert recordings("delete", config=config)[0] == 2
    assert recordings("delete", recorded, config=config)[:2] == (0, "deleted 1\n")
    assert recordings("delete", "--all", config=config)[:2] == (0, "deleted 0\n")


def test_a_folder_can_be_named_without_a_configuration(config: Path, recorded: str) -> None:
    done = run("recordings", "list", "--folder", str(config.parent / "recordings"))
    nowhere = run("recordings", "list", "--folder", str(config.parent / "nowhere"))

    assert recorded in done.stdout.decode()
    assert nowhere.returncode == 2
    assert "is not a folder" in nowhere.stderr.decode()


@pytest.mark.parametrize(("status", "expected"), [(0, 0), (3, 1)])
def test_play_plays_the_audio_with_the_first_player_that_exists(
    status: int, expected: int, config: Path, recorded: str
) -> None:
    played = config.parent / "played"
    player = config.parent / "bin" / "ffplay"
    player.parent.mkdir()
    player.write_text(f'#!/bin/sh\necho "$@" > {played}\nexit {status}\n')
    player.chmod(0o700)
    arguments = ("recordings", "play", recorded, "--config", str(config))

    done = run(*arguments, env={"PATH": str(player.parent)})

    assert done.returncode == expected
    (kept,) = (config.parent / "recordings").glob("*/audio.flac")
    assert played.read_text() == f"-autoexit -nodisp -loglevel error {kept}\n"


def test_without_a_player_the_file_is_named(config: Path, recorded: str) -> None:
    done = run("recordings", "play", recorded, "--config", str(config), env={"PATH": "/nowhere"})

    assert done.returncode == 2
    assert "audio.flac" in done.stderr.decode()

"""The command ``compare`` with the scripted engine, which makes known errors."""

import json
import wave
from pathlib import Path

import pytest

from commands import run
from sessions import noise
from wyoming_bridge.local.engines.scripted import scripted_words

pytestmark = pytest.mark.once

CONFIG = """\
profiles:
  here: {provider: local, engine: scripted, price_per_hour: 3.6}
  again: {provider: local, engine: scripted, text: commands}
  cloud:
    {provider: reson8, token: made-up, url: 'ws://127.0.0.1:9', price_per_hour: 36,
     connect_timeout_s: 1, source: client}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A corpus of three recordings. The engine makes one known error in each of two recordings."""
    (tmp_path / "bridge.yaml").write_text(CONFIG)
    (tmp_path / "bridge.yaml").chmod(0o600)
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    heard = {}
    for number in (1, 2, 3):
        pcm = noise(number, words=4)
        with wave.open(str(corpus / f"{number}.wav"), "wb") as file:
            file.setparams((1, 2, 16_000, 0, "NONE", ""))
            file.writeframes(pcm)
        heard[number] = scripted_words(pcm)
    said = {
        1: heard[1],
        2: [heard[2][0], "lamp", *heard[2][2:]],  # the engine substitutes the second word
        3: [*heard[3], "please"],  # the engine misses the last word
    }
    for number, words in said.items():
        (corpus / f"{number}.txt").write_text(" ".join(words))
    return tmp_path


def compare(folder: Path, *arguments: str) -> tuple[int, str, str]:
    done = run(
        "compare",
        str(folder / "corpus"),
        *("--config", str(folder / "bridge.yaml")),
        *("--trials", str(folder / "trials.jsonl")),
        *arguments,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_the_figures_are_the_known_errors_to_the_digit(folder: Path) -> None:
    html = folder / "figures.html"
    code, out, _ = compare(
        folder, "--profile", "here", "--profile", "again", "--json", "--html", str(html)
    )
    here, again = (json.loads(line) for line in out.splitlines())

    words = sum(len(path.read_text().split()) for path in (folder / "corpus").glob("*.txt"))
    assert code == 0
    assert here["word_errors"]["value"] == again["word_errors"]["value"] == 2 / words
    assert here["right"]["value"] == 1 / 3
    assert (here["trials"], here["errors"]) == (3, 0)
    assert here["cut"] is here["late"] is None  # the recordings have no speech
    assert here["price"] == pytest.approx(here["sent_s"] / 1000)
    assert again["word_errors_more"]["value"] == 0
    assert "lamp" in html.read_text()


def test_a_second_run_plays_nothing_again(folder: Path) -> None:
    first = compare(folder, "--profile", "here")
    kept = (folder / "trials.jsonl").read_text()
    second = compare(folder, "--profile", "here")

    assert first[1] == second[1]
    assert (folder / "trials.jsonl").read_text() == kept


def test_a_service_is_not_used_before_a_limit_is_set(folder: Path) -> None:
    code, out, err = compare(folder)

    assert (code, out) == (2, "")
    assert "--max-seconds must be set, because services bill the audio" in err
    assert "for cloud, which costs about" in err
    assert not (folder / "trials.jsonl").exists()


def test_the_limit_holds_and_the_rest_is_left_out(folder: Path) -> None:
    code, out, _ = compare(folder, "--profile", "cloud", "--max-seconds", "0", "--json")

    assert code == 3
    assert json.loads(out)["trials"] == 0


def test_a_recording_that_is_too_long_for_the_limit_leaves_the_rest_to_shorter_ones(
    folder: Path,
) -> None:
    with wave.open(str(folder / "corpus" / "1.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 16_000 * 60))
    with wave.open(str(folder / "corpus" / "2.wav")) as file:
        short_s = file.getnframes() / 16_000
    limit = str(2.5 * short_s)

    compare(folder, "--profile", "cloud", "--max-seconds", limit)

    trials = (folder / "trials.jsonl").read_text().splitlines()
    assert [json.loads(each)["item"] for each in trials] == ["2.wav", "3.wav"]


def test_recordings_that_cannot_be_read_are_left_out_and_counted(folder: Path) -> None:
    (folder / "corpus" / "1.wav").write_bytes(b"RIFF, but no audio")
    (folder / "corpus" / "2.wav").rename(folder / "corpus" / "2.flac")
    (folder / "corpus" / "2.flac").write_bytes(b"fLaC, but no audio")

    code, out, err = compare(folder, "--profile", "here", "--json")

    assert code == 0
    assert json.loads(out)["trials"] == 1
    assert "1.wav: " in err
    assert "2.flac: " in err
    assert "2 recordings cannot be read and are left out" in err


def test_a_profile_that_does_not_exist_is_an_error(folder: Path) -> None:
    code, _, err = compare(folder, "--profile", "kitchen")

    assert code == 2
    assert "available: here, again, cloud" in err

"""The command ``compare`` with a service: what is sent to it is announced, counted and bounded."""

import asyncio
import json
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import pytest

from commands import run
from serving import KEY, serving
from sessions import noise
from wyoming_bridge.local.engines.scripted import ScriptedEngine, scripted_words
from wyoming_bridge.local.service import LocalServer

pytestmark = pytest.mark.once

LENGTH_S = 0.8
PAUSE_S = 4.0


@dataclass(frozen=True, kw_only=True)
class Folder:
    path: Path
    url: str

    def configure(self, profiles: str) -> None:
        config = self.path / "bridge.yaml"
        config.write_text(f"state: '{self.path}'\nprofiles:\n{profiles}")
        config.chmod(0o600)

    def cloud(self, name: str = "cloud", **values: object) -> str:
        more = "".join(f", {key}: {value}" for key, value in values.items())
        return f"  {name}: {{provider: reson8, url: '{self.url}/reson8', token: {KEY}{more}}}\n"

    async def compare(self, *arguments: str) -> tuple[int, str]:
        done = await asyncio.to_thread(
            run,
            "compare",
            str(self.path / "corpus"),
            *("--config", str(self.path / "bridge.yaml")),
            *("--trials", str(self.path / "trials.jsonl")),
            *arguments,
        )
        return done.returncode, done.stderr.decode()

    @property
    def trials(self) -> list[dict[str, object]]:
        path = self.path / "trials.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Folder]:
    """A corpus of two recordings, and a server that stands for a paid service."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number in (1, 2):
        pcm = noise(number, words=4)
        with wave.open(str(corpus / f"{number}.wav"), "wb") as file:
            file.setparams((1, 2, 16_000, 0, "NONE", ""))
            file.writeframes(pcm)
        (corpus / f"{number}.txt").write_text(" ".join(scripted_words(pcm)))
    server = LocalServer(engine=ScriptedEngine(), tokens=frozenset({KEY}))
    async with serving(server):
        yield Folder(path=tmp_path, url=server.url)


async def test_a_profile_is_compared_without_its_fallback(folder: Folder) -> None:
    cheap = "  cheap: {provider: local, max_seconds_per_day: 0, fallback: [cloud]}\n"
    folder.configure(cheap.replace("local", "local, engine: scripted") + folder.cloud())

    await folder.compare("--profile", "cheap")

    assert [(trial["text"], trial["sent_s"]) for trial in folder.trials] == [(None, 0)] * 2
    assert "the limit is 0 s" in str(folder.trials[0]["error"])


async def test_the_announced_audio_and_price_include_the_pause_after_each_recording(
    folder: Folder,
) -> None:
    folder.configure(
        folder.cloud(price_per_hour=36) + folder.cloud("other", price_per_hour=72, source="client")
    )
    _, err = await folder.compare()

    need_s = 2 * (LENGTH_S + PAUSE_S), 2 * LENGTH_S
    price = need_s[0] * 36 / 3600 + need_s[1] * 72 / 3600
    assert f"{ceil(sum(need_s))} s are needed for cloud, other" in err
    assert f"costs about {price:.2f}" in err


async def test_the_sent_audio_including_the_pause_after_the_speech_stays_within_the_limit(
    folder: Folder,
) -> None:
    folder.configure(folder.cloud(silence_ms=1500))
    limit_s = LENGTH_S + PAUSE_S

    code, _ = await folder.compare("--max-seconds", str(limit_s))

    (trial,) = folder.trials
    assert code == 3, "the second recording is left out"
    assert trial["error"] is None
    assert LENGTH_S + 1.5 <= trial["sent_s"] <= limit_s


async def test_audio_that_a_recording_did_not_need_is_left_for_the_next_one(folder: Folder) -> None:
    folder.configure(folder.cloud())

    code, _ = await folder.compare("--max-seconds", str(2 * (LENGTH_S + PAUSE_S) - 1))

    assert (code, [trial["error"] for trial in folder.trials]) == (0, [None, None])


async def test_only_the_trial_that_failed_is_announced_and_tried_again(folder: Folder) -> None:
    folder.configure(folder.cloud(source="client").replace(KEY, "wrong"))
    await folder.compare("--max-seconds", "100")
    assert all("Check the profile's token" in str(trial["error"]) for trial in folder.trials)
    folder.configure(folder.cloud(source="client"))
    _, err = await folder.compare("--max-seconds", str(LENGTH_S))
    failed, again = folder.trials[:2], folder.trials[2:]
    assert [trial["key"] for trial in again] == [failed[0]["key"]], "the token is no setting"
    assert again[0]["error"] is None

    _, err = await folder.compare()

    assert f"{ceil(LENGTH_S)} s are needed" in err

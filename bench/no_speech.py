"""Count the texts that the offline engines return without speech, and the speech that they miss.

The sounds without speech are the synthetic sounds of the tests, and excerpts of 8 s from the music
in folders that the user names. If a singer can be heard in the music, a text is no mistake. The
speech is that in ``samples/`` and in the folder of ``voices.py``: unchanged, with white noise, and
at a lower level.

To compare with the engines of another source tree, use ``--tree``. Without ``--music``, only the
synthetic sounds and the speech are measured.
"""

import argparse
import asyncio
import sys
import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import av
import numpy as np
import numpy.typing as npt
from processes import cpu_ns
from spoken import SAMPLES, Sentence, read, recorded, synthetic
from trees import add_tree_option, run_in_trees, source_tree
from voices import FOLDER

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))
sys.path.insert(0, str(source_tree()))

from sounds import NO_SPEECH, VOICE_LIKE, made
from wyoming_bridge.config.home import load_house
from wyoming_bridge.events import FinalText
from wyoming_bridge.house.language import HouseLanguage
from wyoming_bridge.house.words import Words
from wyoming_bridge.local.engines.pocketsphinx.engine import PocketsphinxEngine
from wyoming_bridge.local.engines.process.engine import ProcessEngine
from wyoming_bridge.local.engines.registry import create_engine

RATE_HZ: Final = 16_000
EXCERPT_S: Final = 8
SUFFIXES: Final = (".ogg", ".oga", ".opus", ".mp3", ".flac", ".wav")
LEARNED: Final = "pocketsphinx-house"
"""PocketSphinx after it has learned the commands of ``samples/house.yaml``."""
ENGINES: Final = ("moonshine", "pocketsphinx", LEARNED)
MAX_SENTENCES: Final = 30_000
"""The most sentences that a bridge lets an engine learn."""

_ROOM_DBFS: Final = -60
_AROUND: Final = (RATE_HZ // 2, RATE_HZ * 4 // 5)
"""The room noise before and after each sound, in samples."""
_CHUNK_BYTES: Final = 3200

Samples = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """Some audio, and what is said in it."""

    group: str
    name: str
    pcm: bytes
    words: str | None = None
    """None if nothing is said. Empty if the words are not known."""


@dataclass(slots=True, kw_only=True)
class Count:
    """The results of one engine for one group of clips."""

    clips: int = 0
    texts: int = 0
    right: int = 0
    examples: list[str] = field(default_factory=list)


def excerpts(folder: Path, *, most: int) -> Iterator[Clip]:
    """Yield at most ``most`` excerpts of each file that is at least 30 s long."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or path.is_symlink() or not path.is_file():
            continue
        try:
            sound = decoded(path)
        except (av.FFmpegError, UnicodeDecodeError, IndexError):
            print(f"{path} cannot be decoded", file=sys.stderr)
            continue
        size = EXCERPT_S * RATE_HZ
        if len(sound) < 30 * RATE_HZ:
            continue
        count = min(most, len(sound) // (size * 3 // 2))
        for at in range(count):
            start = int((len(sound) - size) * (at + 0.5) / count)
            piece = sound[start : start + size].astype(float)
            yield Clip(group=folder.name, name=f"{path.stem} {at + 1}", pcm=in_a_room(piece))


def decoded(path: Path) -> Samples:
    """Return the audio of a file as 16 kHz mono, 16 bits."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
    with av.open(str(path)) as container:
        frames = [
            part.to_ndarray()[0]
            for frame in container.decode(container.streams.audio[0])
            for part in resampler.resample(frame)
        ]
    return np.concatenate(frames) if frames else np.zeros(0, np.int16)


def in_a_room(
    sound: Samples, *, noise_db: float | None = None, gain_db: float = 0, seed: int = 0
) -> bytes:
    """Return a sound with room noise around it.

    With ``noise_db``, the noise is that far below the louder half of the sound.
    """
    scaled = np.pad(sound * 10 ** (gain_db / 20), _AROUND)
    level = 32768 * 10 ** (_ROOM_DBFS / 20)
    if noise_db is not None:
        size = np.abs(sound)
        louder = sound[size >= np.median(size)]
        level = np.sqrt(np.mean(louder**2) / 2) / 10 ** (noise_db / 20)
    noise = np.random.default_rng(seed).normal(0, level, len(scaled))
    return np.clip((scaled + noise).round(), -32768, 32767).astype("<i2").tobytes()


CONDITIONS: Final[dict[str, Callable[[Samples], bytes]]] = {
    "clean": in_a_room,
    "noise 20 dB below": lambda sound: in_a_room(sound, noise_db=20),
    "noise 10 dB below": lambda sound: in_a_room(sound, noise_db=10),
    "20 dB quieter": lambda sound: in_a_room(sound, gain_db=-20),
}


def speech(sentences: Sequence[Sentence]) -> Iterator[Clip]:
    """Yield each sentence in each condition."""
    for condition, change in CONDITIONS.items():
        for each in sentences:
            with wave.open(str(each.path)) as file:
                sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
            yield Clip(
                group=f"{each.source}, {condition}",
                name=each.path.stem,
                pcm=change(sound),
                words=Words("en").of(each.text),
            )


async def text_of(engine: ProcessEngine, pcm: bytes) -> tuple[str, int]:
    """Return the text of audio, and the CPU time of its process so far, in ns."""
    voice = await engine.open()
    for at in range(0, len(pcm), _CHUNK_BYTES):
        await voice.feed(pcm[at : at + _CHUNK_BYTES])
    await voice.flush()
    async with aclosing(voice.results()) as results:
        async for result in results:
            if isinstance(result, FinalText):
                break
    cpu = cpu_ns(voice.pid)
    await voice.close()
    return result.text, cpu


async def measure(name: str, clips: Sequence[Clip]) -> tuple[dict[str, Count], float]:
    """Return the results of an engine by group, and its CPU time in ms per second of audio."""
    engine = create_engine(name.partition("-")[0])
    assert isinstance(engine, ProcessEngine)
    if name == LEARNED:
        assert isinstance(engine, PocketsphinxEngine)
        house = load_house(SAMPLES / "house.yaml", key="house")
        await engine.learn(HouseLanguage(house).sentences(limit=MAX_SENTENCES))
    await engine.start()
    counts: dict[str, Count] = {}
    total_ns, audio_s, shared_ns = 0, 0.0, 0
    try:
        for clip in clips:
            text, cpu = await text_of(engine, clip.pcm)
            if name == "moonshine":  # one process for all voices
                total_ns += cpu - shared_ns if shared_ns else 0
                shared_ns = cpu
            else:
                total_ns += cpu
            audio_s += len(clip.pcm) / 2 / RATE_HZ
            count = counts.setdefault(clip.group, Count())
            count.clips += 1
            count.texts += bool(text)
            count.right += bool(clip.words) and Words("en").of(text) == clip.words
            if text and clip.words is None:
                count.examples.append(f"{clip.group}, {clip.name}: {text}")
    finally:
        await engine.close()
    return counts, total_ns / 1e6 / max(1e-9, audio_s)


def main() -> int:
    """Measure the engines, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--music", type=Path, action="append", default=[], help="a folder with music"
    )
    parser.add_argument(
        "--excerpts", type=int, default=5, help="maximum number of excerpts per file"
    )
    parser.add_argument("--every", type=int, default=1, help="measure only every Nth excerpt")
    parser.add_argument("--engine", action="append", choices=ENGINES, help="only this engine")
    parser.add_argument("--voices", type=Path, default=FOLDER, help="the folder of voices.py")
    parser.add_argument("--no-speech", action="store_true", help="do not measure speech")
    parser.add_argument(
        "--no-made", action="store_true", help="do not measure the synthetic sounds"
    )
    parser.add_argument(
        "--list", action="store_true", help="print the texts that engines return without speech"
    )
    add_tree_option(parser)
    arguments = parser.parse_args()
    if arguments.tree:
        return run_in_trees(arguments.tree)
    clips = (
        []
        if arguments.no_made
        else [
            Clip(group="synthetic sounds", name=name, pcm=made(name))
            for name in (*NO_SPEECH, *VOICE_LIKE)
        ]
    )
    for folder in arguments.music:
        clips += list(excerpts(folder, most=arguments.excerpts))[:: arguments.every]
    if not arguments.no_speech:
        clips += speech([*recorded(), *read(), *synthetic(arguments.voices)])
    for name in arguments.engine or ENGINES:
        counts, cpu_ms = asyncio.run(measure(name, clips))
        print(f"\n{name}, {cpu_ms:.1f} ms of CPU per second of audio\n")
        print("| audio | clips | with text | right |\n| --- | --- | --- | --- |")
        for group, count in counts.items():
            right = count.right if "," in group else ""
            print(f"| {group} | {count.clips} | {count.texts} | {right} |")
        for line in [line for count in counts.values() for line in count.examples]:
            if arguments.list:
                print(f"  {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

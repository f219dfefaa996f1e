"""How well the end of speech is found: recorded speech, clean and in noise, with pauses.

Everything is counted in audio, not in time: the results are the same on every machine. Half of
the recordings were looked at while the detector was tuned, the other half was not.
"""

import argparse
import audioop  # noqa: F401 - says at once that it is not there
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from mixing import CLIPS, NOISES, Take, clip, mixed, with_pause, word
from streams import BYTES_PER_MS

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from wyoming_bridge.speech import Endpointer, SpeechEnded, SpeechStarted, new_detector
from wyoming_bridge.transcriber import Endpointing

TUNED_ON: Final = ("austen-0870", "numbers", "something")
"""The other half is held out: austen-0890, austen-0920, goforward."""

SNRS_DB: Final = (20.0, 10.0, 5.0)
PAUSES_MS: Final = (0, 100, 200, 300, 400, 500)

LAG_TARGETS_MS: Final = {"clean": 150, "10": 400}
"""Beyond ``silence_ms``, at most."""

_CHUNK: Final = 10 * BYTES_PER_MS

WORDS: Final = {
    "austen-0870": ((560, 330), (1300, 350), (2500, 300)),
    "austen-0890": ((650, 350), (1500, 320), (3000, 350)),
    "austen-0920": ((600, 350), (1900, 320), (3300, 350)),
    "goforward": ((490, 350), (700, 350), (1330, 330)),
    "numbers": ((490, 350), (900, 350), (2000, 350)),
    "something": ((460, 350), (650, 350), (1400, 350)),
}
"""Where a stretch as long as "stop" or "yes" lies in each recording: from when, how long, in ms."""


@dataclass(slots=True)
class Row:
    """What was found in one condition."""

    takes: int = 0
    cuts: int = 0
    """Ends inside the speech."""
    missed: int = 0
    """Takes in which nobody was heard to be done."""
    lags_ms: list[int] = field(default_factory=list)
    """From the true end of the speech to the endpoint, where it was not cut."""

    def late(self, limit_ms: int) -> int:
        """How many ends came later than that."""
        return sum(lag > limit_ms for lag in self.lags_ms)


def listen(take: Take, settings: Endpointing, row: Row) -> None:
    """Hear a take as a stream of 10 ms chunks, until its last end."""
    detector = new_detector()
    endpointer = Endpointer(
        threshold=settings.speech_threshold,
        min_speech_ms=settings.min_speech_ms,
        min_silence_ms=100,
        silence_ms=settings.silence_ms,
    )
    heard = started = False
    row.takes += 1
    for place in range(0, len(take.pcm), _CHUNK):
        now_ms = (place + _CHUNK) // BYTES_PER_MS
        for event in endpointer.feed(detector.feed(take.pcm[place : place + _CHUNK])):
            match event:
                case SpeechStarted():
                    started = True
                case SpeechEnded() if now_ms <= take.end_ms and now_ms > take.begin_ms:
                    row.cuts += 1
                case SpeechEnded() if now_ms > take.end_ms and not heard:
                    heard = True
                    row.lags_ms.append(now_ms - take.end_ms)
                case _:
                    pass
    row.missed += not (started and heard)


def conditions(*, quick: bool) -> Iterator[tuple[str, float | None]]:
    """The noises, and how far the speech is above them."""
    yield "clean", None
    for snr_db in SNRS_DB:
        for noise in NOISES:
            if not quick or (noise, snr_db) == ("white", 10.0):
                yield noise, snr_db


def takes_of(names: Iterable[str], noise: str, snr_db: float | None, pause_ms: int) -> list[Take]:
    """The recordings of one condition."""
    takes = [with_pause(clip(name), pause_ms) if pause_ms else clip(name) for name in names]
    return takes if snr_db is None else [mixed(take, noise, snr_db=snr_db) for take in takes]


def measure(names: Sequence[str], settings: Endpointing, *, quick: bool) -> bool:
    """Print the table of one half; tells whether the targets are met."""
    silence_ms = settings.silence_ms
    met = True
    print("| noise | SNR, dB | takes | cuts | missed | late | lag, median ms | lag, max ms |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for noise, snr_db in conditions(quick=quick):
        row = Row()
        for pause_ms in PAUSES_MS:
            for take in takes_of(names, noise, snr_db, pause_ms):
                listen(take, settings, row)
        key = "clean" if snr_db is None else f"{snr_db:g}"
        allowed_ms = silence_ms + LAG_TARGETS_MS.get(key, 400)
        late = row.late(allowed_ms)
        lags = row.lags_ms or [0]
        print(
            f"| {noise} | {'' if snr_db is None else f'{snr_db:g}'} | {row.takes} | {row.cuts} "
            f"| {row.missed} | {late} | {median(lags):.0f} | {max(lags)} |",
            flush=True,
        )
        if key == "clean":
            met &= row.cuts == row.missed == late == 0
        elif key == "10":
            met &= late == 0
    return met


def measure_words(names: Sequence[str], settings: Endpointing) -> bool:
    """Short words at the very beginning, and behind a second of the room."""
    row = Row()
    for name in names:
        for at_ms, ms in WORDS[name]:
            for before_ms in (0, 1000):
                listen(word(name, at_ms=at_ms, ms=ms, before_ms=before_ms), settings, row)
    late = row.late(settings.silence_ms + LAG_TARGETS_MS["clean"])
    print(
        f"short words, clean: {row.takes}, missed {row.missed}, cut {row.cuts}, late {late}, "
        f"lag median {median(row.lags_ms or [0]):.0f} ms, max {max(row.lags_ms or [0])} ms"
    )
    return row.missed == 0


def measure_cpu() -> None:
    """The network alone, and with all that is around it, in turn."""
    from pymicro_vad import MicroVad

    pcm = b"".join(clip(name).pcm for name in CLIPS)
    frames = [pcm[at : at + _CHUNK] for at in range(0, len(pcm) - _CHUNK + 1, _CHUNK)]
    seconds = len(frames) / 100
    settings = Endpointing()
    costs: dict[str, list[float]] = {"network alone": [], "detector and endpointer": []}
    for _ in range(3):
        network = MicroVad()
        began = time.process_time()
        for frame in frames:
            network.process_10ms(frame)
        costs["network alone"].append((time.process_time() - began) * 1000 / seconds)
        row = Row()
        began = time.process_time()
        listen(Take(name="", pcm=pcm, begin_ms=0, end_ms=0), settings, row)
        costs["detector and endpointer"].append((time.process_time() - began) * 1000 / seconds)
    ratios = [ours / raw for raw, ours in zip(*costs.values(), strict=True)]
    for name, values in costs.items():
        print(f"{name}: {median(values):.1f} ms of CPU for a second of audio")
    print(f"ratio: {median(ratios):.2f}")


def main() -> int:
    """Measure both halves; gives 1 where a target is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="clean and one noise only")
    parser.add_argument("--silence-ms", type=int, default=Endpointing().silence_ms)
    parser.add_argument("--threshold", type=float, default=Endpointing().speech_threshold)
    arguments = parser.parse_args()
    settings = Endpointing(silence_ms=arguments.silence_ms, speech_threshold=arguments.threshold)
    print("where somebody speaks, ms:")
    for name in CLIPS:
        print(f"  {name}: {clip(name).begin_ms} to {clip(name).end_ms}")
    held_out = tuple(name for name in CLIPS if name not in TUNED_ON)
    met = True
    for title, names in (("tuned on", TUNED_ON), ("held out", held_out)):
        print(f"\n{title}: {', '.join(names)}; pauses of {PAUSES_MS} ms\n")
        met &= measure(names, settings, quick=arguments.quick)
        met &= measure_words(names, settings)
    print()
    measure_cpu()
    print("targets: " + ("met" if met else "MISSED"))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())

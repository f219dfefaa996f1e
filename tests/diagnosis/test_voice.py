"""The synthetic voice of a check."""

import struct

from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.diagnosis.voice import voice_like_second
from wyoming_bridge.endpointing.noise_floor import LevelGate


def test_the_voice_lasts_one_second_and_is_always_the_same() -> None:
    assert PCM_16K_MONO.duration_ms(len(voice_like_second())) == 1000
    assert voice_like_second() == voice_like_second()


def test_the_voice_is_loud_but_not_clipped_and_silent_at_both_ends() -> None:
    samples = struct.unpack("<16000h", voice_like_second())

    assert 8000 < max(map(abs, samples)) < 32000
    assert abs(sum(samples)) / len(samples) < 100
    assert not any(samples[:2400])
    assert not any(samples[-2400:])


def test_the_speech_detector_accepts_the_voice_as_speech() -> None:
    gate = LevelGate()
    pcm = voice_like_second()
    frames = [pcm[start : start + 640] for start in range(0, len(pcm), 640)]

    speech = [gate.feed(frame) for frame in frames]

    assert not any(speech[:7])
    assert sum(speech) >= 25

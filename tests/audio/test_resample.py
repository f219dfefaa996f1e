import math
import sys
import tracemalloc

import pytest
from hypothesis import given

from converting import SPEECH, at_rate, cut_audio, missing, pcm, run, samples_of, sine
from examples import examples
from wyoming_bridge.audio import AudioFormat, Converter, Encoding, load_resampler
from wyoming_bridge.errors import DependencyError


@pytest.mark.parametrize(
    ("source_hz", "target_hz"),
    [(8_000, 16_000), (22_050, 16_000), (44_100, 16_000), (48_000, 16_000), (16_000, 24_000)],
)
def test_a_resampled_sine_equals_a_sine_of_the_other_rate(source_hz: int, target_hz: int) -> None:
    converter = Converter(source=at_rate(source_hz), target=at_rate(target_hz))
    resampled = samples_of(run(converter, pcm(*sine(frequency_hz=440, rate_hz=source_hz))))
    ideal = sine(frequency_hz=440, rate_hz=target_hz)
    assert len(resampled) == len(ideal)
    # The ends are ignored, because the sine begins and stops abruptly there.
    inner = slice(target_hz // 20, -target_hz // 20)
    pairs = zip(resampled[inner], ideal[inner], strict=True)
    assert max(abs(got - wanted) for got, wanted in pairs) <= 3


def test_frequencies_above_the_lower_rates_limit_are_filtered_out() -> None:
    converter = Converter(source=at_rate(48_000), target=SPEECH)
    resampled = samples_of(run(converter, pcm(*sine(frequency_hz=12_000, rate_hz=48_000))))
    assert max(map(abs, resampled[800:-800])) <= 1


@pytest.mark.parametrize("level", [-32768, 32767])
def test_resampling_keeps_full_scale(level: int) -> None:
    resampled = run(Converter(source=at_rate(8_000), target=SPEECH), pcm(level) * 8_000)
    inner = samples_of(resampled)[2_000:-2_000]
    assert max(abs(sample - level) for sample in inner) <= 2


@pytest.mark.parametrize("level", [-32768, 32767])
def test_the_overshoot_of_a_full_scale_step_does_not_wrap_around(level: int) -> None:
    resampled = run(Converter(source=at_rate(8_000), target=SPEECH), pcm(level) * 8_000)
    # Ringing around a step is a tenth of its height; wrapping around would be twice its height.
    assert max(abs(sample - level) for sample in samples_of(resampled)) < 1.5 * 32768


def test_resampling_is_deterministic() -> None:
    audio = pcm(*sine(frequency_hz=440, rate_hz=44_100, seconds=0.2))
    outcomes = {run(Converter(source=at_rate(44_100), target=SPEECH), audio) for _ in range(5)}
    assert len(outcomes) == 1


@pytest.mark.parametrize("source_hz", [4_000, 192_000])
def test_a_large_piece_takes_little_more_memory_than_its_result(source_hz: int) -> None:
    source = AudioFormat(encoding=Encoding.MULAW, sample_rate_hz=source_hz, channels=1)
    target = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16_000, channels=1)
    converter = Converter(source=source, target=target)
    converter.convert(bytes(1000))  # imports the libraries, whose memory does not count
    piece = bytes(4_000_000)

    tracemalloc.start()
    resampled = converter.convert(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 2 * len(piece) + 2 * len(resampled) + 4_000_000


def test_the_error_names_a_missing_soxr() -> None:
    problem = "48000 Hz to 16000 Hz needs the library soxr"
    with missing("soxr"), pytest.raises(DependencyError, match=problem):
        Converter(source=at_rate(48_000), target=SPEECH)


def test_a_missing_soxr_is_looked_for_once_when_the_resampler_is_loaded() -> None:
    with missing("soxr"):
        load_resampler()
        del sys.modules["soxr"]  # from here, an import would find it
        with pytest.raises(DependencyError):
            Converter(source=at_rate(48_000), target=SPEECH)


def test_a_resampler_that_cannot_be_loaded_is_not_an_error_yet() -> None:
    with missing("soxr", "audioop"):
        load_resampler()


@pytest.mark.parametrize(("frequency_hz", "level"), [(300, 0.998), (1000, 0.987), (4000, 0.77)])
def test_a_rate_is_raised_without_soxr_and_keeps_the_level_of_speech(
    frequency_hz: int, level: float
) -> None:
    with missing("soxr"):
        converter = Converter(source=SPEECH, target=at_rate(24_000))
    audio = pcm(*sine(frequency_hz=frequency_hz, rate_hz=16_000))
    raised = samples_of(
        run(converter, *(audio[start : start + 3200] for start in range(0, 32_000, 3200)))
    )

    assert len(raised) == pytest.approx(24_000, abs=2)
    assert part_at(frequency_hz, raised, rate_hz=24_000) == pytest.approx(20_000 * level, rel=0.02)


def part_at(frequency_hz: float, samples: list[int], *, rate_hz: int) -> float:
    """Return the amplitude of one frequency."""
    angle = 2 * math.pi * frequency_hz / rate_hz
    real = sum(sample * math.cos(angle * index) for index, sample in enumerate(samples))
    imaginary = sum(sample * math.sin(angle * index) for index, sample in enumerate(samples))
    return 2 * math.hypot(real, imaginary) / len(samples)


@examples(thorough=200)
@given(pieces=cut_audio())
def test_without_soxr_the_sizes_of_the_pieces_do_not_change_the_result(
    pieces: list[bytes],
) -> None:
    with missing("soxr"):
        target = at_rate(24_000)
        whole = run(Converter(source=SPEECH, target=target), b"".join(pieces))
        assert run(Converter(source=SPEECH, target=target), *pieces) == whole

import dataclasses
import math
import struct
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from wyoming_bridge.audio import AudioFormat, Converter, Encoding, load_resampler
from wyoming_bridge.audio.convert import _soxr
from wyoming_bridge.errors import AudioFormatError, DependencyError

SPEECH = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16_000, channels=1)
RATES_HZ = [4_000, 8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 192_000]

formats = st.builds(
    AudioFormat,
    encoding=st.sampled_from(Encoding),
    sample_rate_hz=st.sampled_from(RATES_HZ),
    channels=st.integers(1, 8),
)
targets = st.sampled_from([8_000, 16_000, 24_000]).map(
    lambda rate_hz: dataclasses.replace(SPEECH, sample_rate_hz=rate_hz)
)


@st.composite
def cut_audio(draw: st.DrawFn) -> list[bytes]:
    """Noise of any length, in pieces of any size."""
    size = draw(st.integers(0, 6_000))
    audio = draw(st.randoms(use_true_random=False)).randbytes(size)
    cuts = sorted(draw(st.lists(st.integers(0, size), max_size=12)))
    return [audio[start:end] for start, end in pairwise([0, *cuts, size])]


def run(converter: Converter, *pieces: bytes) -> bytes:
    return b"".join([*map(converter.convert, pieces), converter.flush()])


def pcm(*samples: int) -> bytes:
    return struct.pack(f"<{len(samples)}h", *samples)


def samples_of(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 2}h", data))


def sine(*, frequency_hz: float, rate_hz: int, seconds: float = 1) -> list[int]:
    return [
        round(20_000 * math.sin(2 * math.pi * frequency_hz * index / rate_hz))
        for index in range(round(rate_hz * seconds))
    ]


def at_rate(rate_hz: int) -> AudioFormat:
    return dataclasses.replace(SPEECH, sample_rate_hz=rate_hz)


def encoded(encoding: Encoding, *, channels: int = 1) -> AudioFormat:
    return dataclasses.replace(SPEECH, encoding=encoding, channels=channels)


@given(source=formats, target=targets, pieces=cut_audio())
def test_the_sizes_of_the_pieces_do_not_change_a_byte(
    source: AudioFormat, target: AudioFormat, pieces: list[bytes]
) -> None:
    whole = run(Converter(source=source, target=target), b"".join(pieces))
    assert run(Converter(source=source, target=target), *pieces) == whole


@given(source=formats, target=targets, pieces=cut_audio())
def test_a_flushed_converter_behaves_like_a_new_one(
    source: AudioFormat, target: AudioFormat, pieces: list[bytes]
) -> None:
    converter = Converter(source=source, target=target)
    first = run(converter, *pieces)
    assert run(converter, *pieces) == first


@given(source=formats, target=targets, pieces=cut_audio())
def test_the_duration_stays_the_same_to_within_a_sample(
    source: AudioFormat, target: AudioFormat, pieces: list[bytes]
) -> None:
    frames = sum(map(len, pieces)) // source.bytes_per_frame
    converted = run(Converter(source=source, target=target), *pieces)
    expected = frames * target.sample_rate_hz / source.sample_rate_hz
    assert abs(len(converted) / 2 - expected) <= 1


@given(source=formats, target=targets)
def test_an_empty_stream_stays_empty(source: AudioFormat, target: AudioFormat) -> None:
    converter = Converter(source=source, target=target)
    assert converter.convert(b"") == b""
    assert converter.flush() == b""


@pytest.mark.parametrize(
    ("encoding", "data", "samples"),
    [
        (Encoding.PCM_U8, "00 01 7f 80 81 ff", [-32768, -32512, -256, 0, 256, 32512]),
        (Encoding.PCM_S8, "80 ff 00 01 7f", [-32768, -256, 0, 256, 32512]),
        (Encoding.PCM_S16LE, "0080 ffff 0000 0100 ff7f", [-32768, -1, 0, 1, 32767]),
        (
            Encoding.PCM_S24LE,
            "000080 ffffff 000000 ff0000 000100 ffff7f",
            [-32768, -1, 0, 0, 1, 32767],
        ),
        (
            Encoding.PCM_S32LE,
            "00000080 ffffffff 00000000 ffff0000 00000100 ffffff7f",
            [-32768, -1, 0, 0, 1, 32767],
        ),
        # The loudest and softest codes of each sign, with 16-bit values from ITU-T G.711.
        (Encoding.MULAW, "00 7f ff 80", [-32124, 0, 0, 32124]),
        (Encoding.ALAW, "2a 55 d5 aa", [-32256, -8, 8, 32256]),
    ],
)
def test_known_samples_have_known_values(encoding: Encoding, data: str, samples: list[int]) -> None:
    converted = run(Converter(source=encoded(encoding), target=SPEECH), bytes.fromhex(data))
    assert samples_of(converted) == samples


SILENCE = {Encoding.PCM_U8: b"\x80", Encoding.MULAW: b"\xff"}


@pytest.mark.parametrize("encoding", sorted(set(Encoding) - {Encoding.ALAW}))
@pytest.mark.parametrize("channels", [1, 2, 3, 8])
@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100])
def test_silence_stays_silence(encoding: Encoding, channels: int, rate_hz: int) -> None:
    source = AudioFormat(encoding=encoding, sample_rate_hz=rate_hz, channels=channels)
    silence = SILENCE.get(encoding, b"\0") * source.bytes_of(100)
    assert not any(run(Converter(source=source, target=SPEECH), silence))


@pytest.mark.parametrize("channels", range(1, 9))
@pytest.mark.parametrize("level", [-32768, -32767, -12345, -1, 0, 1, 7, 12345, 32766, 32767])
def test_equal_channels_keep_their_level(channels: int, level: int) -> None:
    source = encoded(Encoding.PCM_S16LE, channels=channels)
    assert run(Converter(source=source, target=SPEECH), pcm(level) * channels) == pcm(level)


@given(channels=st.integers(2, 8), data=st.data())
def test_channels_are_averaged_and_rounded_down(channels: int, data: st.DataObject) -> None:
    frame = st.lists(st.integers(-32768, 32767), min_size=channels, max_size=channels)
    frames = data.draw(st.lists(frame, max_size=20))
    source = encoded(Encoding.PCM_S16LE, channels=channels)
    mixed = run(Converter(source=source, target=SPEECH), *(pcm(*frame) for frame in frames))
    assert samples_of(mixed) == [sum(frame) // channels for frame in frames]


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize("channels", [2, 5])
def test_channels_of_any_encoding_are_mixed_after_decoding(
    encoding: Encoding, channels: int
) -> None:
    mono = bytes(range(256)) * encoding.bytes_per_sample
    size = encoding.bytes_per_sample
    spread = b"".join(mono[at : at + size] * channels for at in range(0, len(mono), size))
    mixed = run(Converter(source=encoded(encoding, channels=channels), target=SPEECH), spread)
    assert mixed == run(Converter(source=encoded(encoding), target=SPEECH), mono)


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


def test_whole_frames_pass_through_as_the_same_object() -> None:
    converter = Converter(source=SPEECH, target=dataclasses.replace(SPEECH))
    chunks = [bytes(range(size)) for size in (2, 64, 250)]
    assert converter.passthrough
    assert all(converter.convert(chunk) is chunk for chunk in chunks)
    assert converter.flush() == b""


def test_a_split_frame_passes_through_when_it_is_complete() -> None:
    converter = Converter(source=SPEECH, target=SPEECH)
    assert converter.convert(b"\1\2\3") == b"\1\2"
    assert converter.convert(b"") == b""
    assert converter.convert(b"\4\5") == b"\3\4"
    assert converter.convert(b"\6") == b"\5\6"


def test_whole_frames_pass_as_the_same_object_again_after_a_split_frame() -> None:
    converter = Converter(source=SPEECH, target=SPEECH)
    converter.convert(b"\1")
    converter.convert(b"\2")
    chunk = b"\3\4"
    assert converter.convert(chunk) is chunk


@pytest.mark.parametrize("source", [SPEECH, encoded(Encoding.PCM_S24LE, channels=3)])
def test_an_incomplete_last_frame_is_dropped_and_does_not_leak(source: AudioFormat) -> None:
    converter = Converter(source=source, target=SPEECH)
    converter.convert(b"\1")
    assert converter.flush() == b""
    assert converter.convert(bytes(source.bytes_per_frame)) == pcm(0)


@pytest.mark.parametrize(
    "source", [at_rate(8_000), encoded(Encoding.MULAW), encoded(Encoding.PCM_S16LE, channels=2)]
)
def test_any_difference_between_the_formats_ends_the_passthrough(source: AudioFormat) -> None:
    assert not Converter(source=source, target=SPEECH).passthrough


@pytest.mark.parametrize(
    "target",
    [encoded(encoding) for encoding in Encoding if encoding is not Encoding.PCM_S16LE]
    + [encoded(Encoding.PCM_S16LE, channels=2)],
    ids=lambda target: f"{target.encoding}-{target.channels}",
)
def test_a_target_other_than_16_bit_mono_is_refused(
    target: AudioFormat,
) -> None:
    with pytest.raises(AudioFormatError, match="allowed: pcm_s16le with 1 channel"):
        Converter(source=target, target=target)


@contextmanager
def missing(*modules: str) -> Iterator[None]:
    """Make modules missing. The converter finds out again whether soxr is installed."""
    with pytest.MonkeyPatch.context() as patched:
        for name in modules:
            patched.setitem(sys.modules, name, None)
        _soxr.cache_clear()
        yield
    _soxr.cache_clear()


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


@pytest.mark.parametrize(
    "source", [encoded(Encoding.MULAW), encoded(Encoding.PCM_S16LE, channels=2)]
)
def test_the_error_names_a_missing_audioop(
    monkeypatch: pytest.MonkeyPatch, source: AudioFormat
) -> None:
    monkeypatch.setitem(sys.modules, "audioop", None)
    with pytest.raises(DependencyError, match="audioop-lts"):
        Converter(source=source, target=SPEECH)


def test_the_same_rate_needs_neither_soxr_nor_numpy() -> None:
    source = encoded(Encoding.PCM_S32LE, channels=4)
    with missing("soxr", "numpy"):
        assert run(Converter(source=source, target=SPEECH), bytes(16)) == pcm(0)


def test_a_passthrough_needs_no_library_at_all() -> None:
    with missing("audioop", "soxr", "numpy"):
        assert run(Converter(source=SPEECH, target=SPEECH), pcm(1, 2)) == pcm(1, 2)

import dataclasses
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converting import SPEECH, at_rate, cut_audio, encoded, missing, pcm, run, samples_of
from wyoming_bridge.audio import AudioFormat, Converter, Encoding
from wyoming_bridge.errors import AudioFormatError, DependencyError

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

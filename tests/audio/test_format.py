import dataclasses
from itertools import pairwise

import pytest

from wyoming_bridge.audio import AudioFormat, Encoding
from wyoming_bridge.audio.format import MAX_CHANNELS, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ
from wyoming_bridge.errors import AudioFormatError

SPEECH = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=16_000, channels=1)


@pytest.mark.parametrize(
    ("encoding", "size"),
    [
        (Encoding.PCM_U8, 1),
        (Encoding.PCM_S8, 1),
        (Encoding.PCM_S16LE, 2),
        (Encoding.PCM_S24LE, 3),
        (Encoding.PCM_S32LE, 4),
        (Encoding.MULAW, 1),
        (Encoding.ALAW, 1),
    ],
)
def test_each_encoding_has_the_right_sample_size(encoding: Encoding, size: int) -> None:
    assert encoding.bytes_per_sample == size


def test_every_encoding_has_a_sample_size() -> None:
    assert all(encoding.bytes_per_sample for encoding in Encoding)


def test_a_frame_has_one_sample_per_channel() -> None:
    array = AudioFormat(encoding=Encoding.PCM_S24LE, sample_rate_hz=48_000, channels=6)
    assert array.bytes_per_frame == 18
    assert array.bytes_per_second == 864_000


def test_a_duration_is_rounded_down_to_whole_frames() -> None:
    odd = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=11_025, channels=2)
    assert odd.bytes_of(100) == 1102 * 4


def test_bytes_and_milliseconds_convert_back_and_forth() -> None:
    assert SPEECH.bytes_of(250) == 8_000
    assert SPEECH.duration_ms(8_000) == 250


def test_longer_durations_never_have_fewer_bytes() -> None:
    sizes = [SPEECH.bytes_of(tenths / 10) for tenths in range(100)]
    assert all(earlier <= later for earlier, later in pairwise(sizes))


@pytest.mark.parametrize("rate_hz", [MIN_SAMPLE_RATE_HZ, MAX_SAMPLE_RATE_HZ])
def test_the_extreme_rates_are_allowed(rate_hz: int) -> None:
    assert dataclasses.replace(SPEECH, sample_rate_hz=rate_hz).sample_rate_hz == rate_hz


@pytest.mark.parametrize("rate_hz", [-16_000, 0, MIN_SAMPLE_RATE_HZ - 1, MAX_SAMPLE_RATE_HZ + 1])
def test_a_rate_out_of_range_is_refused_with_the_allowed_range(rate_hz: int) -> None:
    with pytest.raises(
        AudioFormatError, match=f"sample rate must be 4000 to 192000 Hz, got {rate_hz} Hz"
    ):
        dataclasses.replace(SPEECH, sample_rate_hz=rate_hz)


@pytest.mark.parametrize("channels", [1, MAX_CHANNELS])
def test_the_extreme_channel_counts_are_allowed(channels: int) -> None:
    assert dataclasses.replace(SPEECH, channels=channels).channels == channels


@pytest.mark.parametrize("channels", [-1, 0, MAX_CHANNELS + 1])
def test_a_channel_count_out_of_range_is_refused_with_the_allowed_range(channels: int) -> None:
    with pytest.raises(AudioFormatError, match=f"audio must have 1 to 8 channels, got {channels}"):
        dataclasses.replace(SPEECH, channels=channels)


def test_formats_with_the_same_values_are_equal() -> None:
    assert dataclasses.replace(SPEECH) == SPEECH
    assert dataclasses.replace(SPEECH, channels=2) != SPEECH

"""``OutgoingAudio``: the chunks and commits that carry audio, and the silence that is added."""

import json
from base64 import b64decode
from typing import Final

import pytest

from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.providers.audio_clock import AudioClock
from wyoming_bridge.providers.elevenlabs.client.outgoing_audio import Chunk, OutgoingAudio
from wyoming_bridge.providers.elevenlabs.messages import InputAudioChunk

SECOND: Final = bytes([1, 2]) * 16000


@pytest.fixture
def clock() -> AudioClock:
    return AudioClock()


@pytest.fixture
def audio(clock: AudioClock) -> OutgoingAudio:
    return OutgoingAudio(clock, service_commits=False)


def sent_ms(chunk: Chunk) -> float:
    pcm = b64decode(json.loads(chunk.message)["audio_base_64"])
    return PCM_16K_MONO.duration_ms(len(pcm))


def test_a_chunk_is_the_message_of_the_protocol(audio: OutgoingAudio) -> None:
    (chunk,) = audio.chunks(b"\x01\x02\x03\x04")

    message = InputAudioChunk(audio_base_64="AQIDBA==", commit=False, sample_rate=16000)
    assert chunk == Chunk(message=message.to_json(), is_commit=False)


def test_long_audio_is_split_into_chunks_of_one_second(audio: OutgoingAudio) -> None:
    assert [sent_ms(each) for each in audio.chunks(SECOND * 2 + bytes(3200))] == [1000, 1000, 100]


def test_a_commit_of_short_audio_has_silence_that_the_clock_knows(
    audio: OutgoingAudio, clock: AudioClock
) -> None:
    list(audio.chunks(SECOND[:3200]))
    commit = audio.commit()

    assert commit.is_commit
    assert sent_ms(commit) > 0
    assert clock.without_added(100 + int(sent_ms(commit))) == 100


def test_a_commit_of_enough_audio_has_no_silence(audio: OutgoingAudio) -> None:
    list(audio.chunks(SECOND))

    assert sent_ms(audio.commit()) == 0


def test_silence_alone_is_nothing_to_commit(audio: OutgoingAudio) -> None:
    audio.keepalive()
    assert not audio.has_uncommitted

    list(audio.chunks(SECOND))
    assert audio.has_uncommitted
    audio.commit()
    assert not audio.has_uncommitted


def test_a_full_segment_is_committed(audio: OutgoingAudio) -> None:
    commits = [each.is_commit for each in audio.chunks(SECOND * 31)]

    assert commits == [*[False] * 29, True, False]
    assert audio.has_uncommitted


def test_silence_that_would_fill_the_segment_is_a_commit(audio: OutgoingAudio) -> None:
    list(audio.chunks(SECOND * 29 + SECOND[:-3200]))

    assert audio.keepalive().is_commit
    assert not audio.keepalive().is_commit


def test_a_commit_of_the_service_makes_room_in_the_segment() -> None:
    audio = OutgoingAudio(AudioClock(), service_commits=True)
    list(audio.chunks(SECOND * 29))

    audio.segment_ended()

    assert not any(each.is_commit for each in audio.chunks(SECOND * 29))

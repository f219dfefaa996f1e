"""The emulator of Reson8: audio in containers and raw audio."""

import pytest

from crafted import flac, wav
from encoded import encoded
from recorded import recorded
from reson8_callers import SPEECH, flushed, opening, serving_reson8
from wyoming_bridge.local.engines.pocketsphinx.engine import PocketsphinxEngine
from wyoming_bridge.local.engines.scripted import scripted_words

pytestmark = pytest.mark.once


class TestContainers:
    @pytest.mark.parametrize(
        ("container", "codec"),
        [
            ("wav", "pcm_s16le"),
            ("flac", "flac"),
            ("ogg", "libopus"),
            ("webm", "libopus"),
        ],
    )
    async def test_speech_in_a_container_is_recognised_from_pieces(
        self, container: str, codec: str
    ) -> None:
        # A second of silence follows the speech, because the decoder needs whole container pages.
        file = encoded(recorded("something") + bytes(32000), container, codec)
        query = {"sample_rate": "48000", "channels": "2"}  # the container overrides these
        async with (
            serving_reson8(PocketsphinxEngine(), tokens=()) as server,
            opening(server, encoding="auto", **query) as socket,
        ):
            for start in range(0, len(file), 997):
                await socket.send(file[start : start + 997])
            said = await flushed(socket)
        assert [message["type"] for message in said] == ["transcript", "flush_confirmation"]
        assert said[0]["text"] == "go somewhere and do something"

    async def test_audio_without_a_container_counts_as_raw_audio(self) -> None:
        async with serving_reson8(tokens=()) as server, opening(server, encoding="auto") as socket:
            for start in range(0, len(SPEECH), 3):
                await socket.send(SPEECH[start : start + 3])
            final, _ = await flushed(socket)
        assert final["text"] == " ".join(scripted_words(SPEECH))

    async def test_a_broken_container_ends_the_session_with_an_error(self) -> None:
        async with serving_reson8(tokens=()) as server, opening(server) as socket:
            await socket.send(b"OggS" + bytes(range(256)) * 400)
            *_, error = await flushed(socket)
            assert error["type"] == "error"
            await socket.wait_closed()
            assert socket.close_code == 1011

    @pytest.mark.parametrize(
        ("file", "reason"),
        [
            (flac(rate_hz=20, frames=4000), "sample rate must be 4000 to 192000 Hz, got 20 Hz"),
            (wav(rate_hz=20), "sample rate must be 4000 to 192000 Hz, got 20 Hz"),
            (wav(channels=255, bytes_per_frame=510), "1 to 8 channels, got 255"),
            (
                encoded(bytes(32_000), "matroska", "pcm_s16le", rate_hz=2000),
                "sample rate must be 4000 to 192000 Hz, got 2000 Hz",
            ),
        ],
        ids=["flac", "wav", "wav channels", "matroska"],
    )
    async def test_a_container_with_impossible_values_ends_the_session_with_an_error(
        self, file: bytes, reason: str
    ) -> None:
        async with serving_reson8(tokens=()) as server, opening(server) as socket:
            await socket.send(file)
            *_, error = await flushed(socket)
            assert error["type"] == "error"
            assert reason in error["message"]
            await socket.wait_closed()

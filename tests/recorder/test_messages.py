"""Messages in a trace. The size of the audio replaces the audio."""

import base64
import json

import pytest

from wyoming_bridge.recorder.messages import shown_message


def test_a_binary_message_is_only_a_size() -> None:
    assert shown_message(bytes(3200)) == (None, 3200)


@pytest.mark.parametrize("name", ["audio", "audio_base_64", "data", "a field of the future"])
@pytest.mark.parametrize("size", [300, 301, 302, 3200])
def test_audio_in_a_message_is_only_a_size(name: str, size: int) -> None:
    audio = bytes(range(256)) * 13
    message = json.dumps({"type": "append", name: base64.b64encode(audio[:size]).decode()})

    text, audio_bytes = shown_message(message)

    assert audio_bytes == size
    assert text is not None
    assert json.loads(text) == {"type": "append", name: f"({size} bytes of audio)"}


def test_text_stays_unchanged() -> None:
    message = json.dumps({"text": "Turn on the light. " * 50, "id": "c0ffee" * 10})

    assert shown_message(message) == (message, None)


def test_a_very_long_message_is_cut_and_says_so() -> None:
    text, _ = shown_message("words " * 10_000)

    assert text is not None
    assert len(text) < 21_000
    assert text.endswith("(40000 more characters)")

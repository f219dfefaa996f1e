"""The voice detector with the release of microVAD that Home Assistant requires.

The tests of the package use a later release, whose reset is complete.
"""

import gc
import math
import struct
from collections.abc import Mapping

import pytest
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from accounts import set_up, transcribe
from microphones import COMMAND, SOUND, WORDS, Microphone, recorded
from wyoming_bridge.endpointing import Endpointing, Frame, Turn, new_detector

SPEECH_THRESHOLD = Endpointing().speech_threshold


def tone(hz: int, *, seconds: int = 2) -> bytes:
    """Return a square wave, the loudest tone in 16-bit samples."""
    signs = (math.sin(2 * math.pi * hz * n / 16000) >= 0 for n in range(16000 * seconds))
    return b"".join(struct.pack("<h", 32767 if sign else -32768) for sign in signs)


EARLIER = {
    "nothing": b"",
    "noise": SOUND,
    "half a word": recorded("austen-0870")[:14_400],
    "speech": recorded("austen-0890"),
    "a command": COMMAND,
    "a low tone": tone(180),
    "a high tone": tone(2000),
}
"""Audio of an earlier stream, by its description. After the high tone, an old network needs more
silence than after any other audio until it has forgotten the tone."""


def frames(pcm: bytes) -> list[Frame]:
    """Return the results of a detector for a whole stream, whose network then is idle."""
    return new_detector(speech_threshold=SPEECH_THRESHOLD).feed(pcm)


@pytest.mark.parametrize("earlier", EARLIER.values(), ids=EARLIER)
@pytest.mark.parametrize("name", ["something", "noise"])
def test_a_network_that_is_used_again_remembers_nothing(earlier: bytes, name: str) -> None:
    pcm = SOUND if name == "noise" else recorded(name)
    # While this detector exists, its network is not idle. So the next two streams share a network.
    new = new_detector(speech_threshold=SPEECH_THRESHOLD)
    expected = new.feed(pcm)
    frames(earlier)

    remembers = frames(pcm) != expected

    assert not remembers  # without the thousands of lines of a comparison


@pytest.mark.parametrize("earlier", EARLIER.values(), ids=EARLIER)
def test_no_speech_is_found_in_noise_after_any_stream(earlier: bytes) -> None:
    frames(earlier)
    turn = Turn(Endpointing(), detector=new_detector(speech_threshold=SPEECH_THRESHOLD))

    turn.feed(SOUND)

    assert turn.speech_start_ms is None


@pytest.mark.parametrize("kind", ["reson8", "bridge"])
async def test_all_of_an_utterance_is_transcribed_after_one_that_ended_within_speech(
    kind: str, hass: HomeAssistant, accounts: Mapping[str, MockConfigEntry]
) -> None:
    await set_up(hass, accounts[kind])
    await transcribe(hass, Microphone(EARLIER["half a word"]).stream())
    gc.collect()  # the next utterance takes a network of this one

    assert (await transcribe(hass)).text == WORDS

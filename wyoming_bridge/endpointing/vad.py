"""Whether somebody speaks, frame by frame."""

import math
import random
import weakref
from functools import cache
from itertools import cycle
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from ..audio import PCM_16K_MONO
from ..errors import DependencyError
from .level import LevelGate

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "FRAME_MS",
    "Frame",
    "MicroVadDetector",
    "VoiceDetector",
    "new_detector",
]


FRAME_MS: Final = 10
"""What microVAD hears at once."""

_FRAME_BYTES: Final = PCM_16K_MONO.bytes_of(FRAME_MS)

_WINDOW_FRAMES: Final = 76
"""For so long, 760 ms, microVAD answers -1: measured with pymicro-vad 2.1.0."""

_HISS_RMS: Final = 160
"""-46 dB of full scale, some 25 dB below somebody who speaks. Of 52 words of 0.2 to 0.4 s the
network missed 16 among the room of their own recording, and 15, 6, 2 and 1 among hiss of 20, 80,
120 and 160 in its place."""

_AFTER_SOUND_FRAMES: Final = 45
"""For so long the network goes on after the last sound: it is late."""

_NOBODY: Final = 0.3
"""Below this the network has forgotten the last speech, and needs not hear the silence."""

_A_VOICE: Final = 0.5
"""From here on its sound is speech, and as loud as somebody speaks; a bang or a tone is not."""

_SURE: Final = 0.99
"""In the middle of speech it is as sure as this; where the voice ends it soon is not."""

_REST_FRAMES: Final = 20
_LOOK_FRAMES: Final = 10
"""While it is sure and the sound goes on, the network rests for 0.2 s and looks again for 0.1 s.
That halves its cost; a loud noise that begins where the voice ends is known for one 0.5 s later."""

_GAP_FRAMES: Final = 10
"""Nor does it hear the first 0.1 s of quiet behind a sound that was as long, as those of words are
and clicks are not. That takes a sixth off its cost; a voice is told for 0.1 s longer. In noise the
end of the voice is the end of speech, and is heard for."""


class Frame(NamedTuple):
    """What a detector says of ``FRAME_MS`` of audio."""

    loud: bool
    """Whether it stands out of the room: known at once, and true of every noise."""
    voice: float
    """Probability, 0 to 1, that somebody speaks; known some tenths of a second late."""
    noisy: bool = False
    """Whether the room is so loud that quiet speech may not be ``loud``."""
    near: bool = True
    """False only where others may be in the room, behind 0.3 s that were 10 dB and more below the
    speech: the speaker's soft voice, somebody else's, or nobody's."""


class VoiceDetector(Protocol):
    """Hears one stream from its beginning."""

    def feed(self, pcm: bytes) -> list[Frame]:
        """Hear audio in ``PCM_16K_MONO``, cut anywhere; tells of each frame that is complete."""


class MicroVadDetector:
    """microVAD says whether it is speech, the level says when.

    microVAD is a small neural network. It is sure of speech 0.1 to 0.45 s late and stays so for 0.3
    to 0.7 s after it, but takes neither a knock nor a fan for a voice. In place of a quiet room it
    hears hiss, a window of it before the first audio, so that it answers from the first frame on.
    It hears 10 ms at a cost that is always the same, 9 to 15 ms of a desktop core for a second of
    audio, and therefore nothing where it would learn nothing.
    """

    def __init__(self) -> None:
        """Load the libraries.

        Raises:
            DependencyError: One is not installed.
        """
        self._level = LevelGate()
        network = _take_network()
        weakref.finalize(self, _IDLE.append, network).atexit = False
        self._probability = network.hear
        for hiss in _hiss():
            self._probability(hiss)
        self._hiss = cycle(_hiss())
        self._voice = 0.0
        self._quiet_frames = _AFTER_SOUND_FRAMES  # since the last sound: there was none yet
        self._sound_frames = 0  # of the last sound without a gap in it
        self._sure_frames = 0
        self._rest = b""

    def feed(self, pcm: bytes) -> list[Frame]:
        """What is known of each frame that is complete."""
        heard = self._rest + pcm if self._rest else pcm
        whole = len(heard) - len(heard) % _FRAME_BYTES
        self._rest = heard[whole:]
        return [
            self._hear(heard[start : start + _FRAME_BYTES])
            for start in range(0, whole, _FRAME_BYTES)
        ]

    def _hear(self, frame: bytes) -> Frame:
        loud, noisy = self._level.hear(frame), self._level.noisy
        if self._learns(loud=loud):
            sound = frame if loud or noisy else next(self._hiss)
            # Noises and knocks got at most 0.2 from the network, words of 0.2 s 0.48 and more. The
            # root puts the thresholds people use, 0.4 to 0.6, between them.
            self._voice = math.sqrt(min(1.0, max(0.0, self._probability(sound))))
        if self._voice >= _A_VOICE:
            self._level.follow_speech()
        return Frame(loud=loud, voice=self._voice, noisy=noisy, near=self._level.near)

    def _learns(self, *, loud: bool) -> bool:
        """Whether the network may learn something from the next frame."""
        sure = self._voice >= _SURE
        if not loud:
            self._quiet_frames += 1
            is_gap = self._quiet_frames <= _GAP_FRAMES <= self._sound_frames
            if sure and is_gap and not self._level.noisy:
                return False
            return self._quiet_frames < _AFTER_SOUND_FRAMES or self._voice >= _NOBODY
        self._sound_frames = 1 if self._quiet_frames else self._sound_frames + 1
        self._quiet_frames = 0
        if not sure:
            self._sure_frames = 0
            return True
        self._sure_frames += 1
        return self._sure_frames % (_REST_FRAMES + _LOOK_FRAMES) > _REST_FRAMES


class _Network(NamedTuple):
    """One network of microVAD."""

    hear: "Callable[[bytes], float]"
    """Hears a frame; gives the probability that somebody speaks, -1 where it does not know yet."""
    forget: "Callable[[], None]"
    """Begins anew."""


_IDLE: Final[list[_Network]] = []
"""Networks of detectors that are gone. The library never frees one: 11 KiB for each utterance."""


def _take_network() -> _Network:
    """A network that has heard nothing.

    Raises:
        DependencyError: The library is not installed.
    """
    try:
        from pymicro_vad import MicroVad
    except ImportError as err:
        raise DependencyError(
            "voice activity detection needs a library: pip install pymicro-vad",
            library="pymicro-vad",
        ) from err
    if _IDLE:
        network = _IDLE.pop()
        network.forget()
        return network
    library: object = MicroVad()
    names = ("process_10ms", "reset") if hasattr(library, "reset") else ("Process10ms", "Reset")
    return _Network(*(getattr(library, name) for name in names))  # before 2.0, Home Assistant's


@cache
def _hiss() -> tuple[bytes, ...]:
    """A window of quiet noise in frames, always the same: results must not depend on chance."""
    import audioop

    chance = random.Random(0)  # noqa: S311 - noise, not a secret
    full_scale = audioop.lin2lin(chance.randbytes(_FRAME_BYTES // 2 * _WINDOW_FRAMES), 1, 2)
    pcm = audioop.mul(full_scale, 2, _HISS_RMS / audioop.rms(full_scale, 2))
    return tuple(pcm[at : at + _FRAME_BYTES] for at in range(0, len(pcm), _FRAME_BYTES))


def new_detector() -> VoiceDetector:
    """A detector for one stream.

    Raises:
        DependencyError: A library of it is not installed.
    """
    return MicroVadDetector()

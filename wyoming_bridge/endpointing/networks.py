"""The networks of microVAD. When a stream is over, another stream takes its network.

The library never frees all memory of a network, so a new one for each stream would leak 10 KiB.
"""

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from ..audio import PCM_16K_MONO
from ..errors import DependencyError
from .tuning import FRAME_MS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Network", "give_back", "take_network"]

_SILENCE: Final = bytes(PCM_16K_MONO.bytes_of(FRAME_MS))

_FRAMES_WITHOUT_ANSWER: Final = 74
"""After its reset, a network processes this many frames without computing an answer. Such a frame
takes 7 µs on a desktop core, and one with an answer 150 µs."""

_SILENT_ROUNDS: Final = 10
"""How often an old network receives ``_FRAMES_WITHOUT_ANSWER`` frames of silence until it has
forgotten the last stream. The noise that it has measured falls by 2.5 % per frame, until it is 0.
That took up to 682 frames after the loudest tones that 16-bit samples can contain, and up to 500
after the recordings in ``samples``."""

_WINDOW_FRAMES: Final = 2
"""A network receives this many frames until its window is full. The third frame gives the first of
the features that it computes answers from."""


class Network(NamedTuple):
    """The functions of one network of the library."""

    process: "Callable[[bytes], float]"
    """Takes a frame and returns the probability of speech, or -1 during the warm-up."""
    reset: "Callable[[], None]"
    """Resets the network for another stream."""
    silent_frames: int = 0
    """How many frames of silence are in the window after ``reset``. The warm-up needs fewer frames
    by this number."""


_IDLE: Final[list[Network]] = []
"""The networks of streams that are over, for the next streams."""


def take_network() -> Network:
    """Return a new or reset network.

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
    try:
        network = _IDLE.pop()
    except IndexError:  # no check before: another thread could take the last one in between
        library: object = MicroVad()
        is_old = not hasattr(library, "reset")  # a release before 2.0, which Home Assistant uses
        names = ("Process10ms", "Reset") if is_old else ("process_10ms", "reset")
        process, reset = (getattr(library, name) for name in names)
        if not is_old:
            return Network(process=process, reset=reset)
        network = Network(
            process=process,
            reset=partial(_reset_old, process, reset),
            silent_frames=_WINDOW_FRAMES,
        )
    network.reset()
    return network


def give_back(network: Network) -> None:
    """Keep a network whose stream is over, for another stream."""
    _IDLE.append(network)


def _reset_old(process: "Callable[[bytes], float]", reset: "Callable[[], None]") -> None:
    """Reset a network of a release before 2.0.

    In those releases, the library's own function resets neither the measured noise nor the window,
    as its changelog for 2.0.0 says. So a network reported speech in noise if the stream before had
    speech. Silence clears both. Then a network gives the same answers after every stream. New
    networks get the silence too, because a window of silence differs a little from an empty one.
    """
    for _ in range(_SILENT_ROUNDS):
        reset()
        for _ in range(_FRAMES_WITHOUT_ANSWER):
            process(_SILENCE)
    reset()

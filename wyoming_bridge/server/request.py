"""What a client asks for, read from its events."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..audio import AudioFormat
from ..errors import AudioFormatError, RequestError, WireError
from ..extensions import ENCODINGS_BY_WIDTH, asked_for_partials
from .info import Program
from .wire import WireEvent

__all__ = [
    "Request",
    "audio_format_of",
    "find_program",
    "optional_text_of",
    "read_request",
    "text_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the next utterance is to be."""

    program: Program
    language: str | None = None
    """As the client wrote it; None leaves it to the profile."""
    partials: bool = False
    """Whether the client wants every revision, and the details of the result."""


def read_request(event: WireEvent, programs: Sequence[Program], *, default: Program) -> Request:
    """The request in a ``transcribe``.

    Raises:
        RequestError: There is no program of that name.
        WireError: A field is not of its type.
    """
    name = optional_text_of(event, "name")
    return Request(
        program=find_program(programs, name) if name else default,
        language=optional_text_of(event, "language"),
        partials=asked_for_partials(event.data.get("context")),
    )


def find_program(programs: Sequence[Program], name: str) -> Program:
    """The program of that name.

    Raises:
        RequestError: There is none; the message lists those that there are.
    """
    for program in programs:
        if program.name == name:
            return program
    known = ", ".join(program.name for program in programs)
    raise RequestError(f"there is no profile {name!r}; there are {known}")


def audio_format_of(event: WireEvent) -> AudioFormat:
    """The format in the data of ``audio-start`` or ``audio-chunk``.

    Raises:
        WireError: A field is missing or not a whole number.
        AudioFormatError: No audio has this format.
    """
    rate, width, channels = (event.data.get(name) for name in ("rate", "width", "channels"))
    if not (isinstance(rate, int) and isinstance(width, int) and isinstance(channels, int)):
        raise WireError(f"{event.type} needs rate, width and channels as whole numbers")
    encoding = ENCODINGS_BY_WIDTH.get(width)
    if encoding is None:
        raise AudioFormatError(f"a width of {width} bytes is not possible; allowed are 1 to 4")
    return AudioFormat(encoding=encoding, sample_rate_hz=rate, channels=channels)


def text_of(event: WireEvent, name: str) -> str:
    """A string in the data that must be there.

    Raises:
        WireError: It is not there, or not a string.
    """
    value = optional_text_of(event, name)
    if value is None:
        raise WireError(f"{event.type} needs {name}")
    return value


def optional_text_of(event: WireEvent, name: str) -> str | None:
    """A string in the data, or None where it is absent or null.

    Raises:
        WireError: It is not a string.
    """
    value = event.data.get(name)
    if value is None or isinstance(value, str):
        return value
    raise WireError(f"{name} of {event.type} is not a string")

"""What a client asks for, read from its events."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..audio import AudioFormat
from ..endpointing import Endpointing, Sensitivity
from ..errors import AudioFormatError, RequestError, WireError, one_line
from ..extensions import ENCODINGS_BY_WIDTH, asked_for_partials, wanted_endpointing
from ..transcriber import DEFAULT_OPTIONS, RequestOptions
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


_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the next utterance is to be."""

    program: Program
    options: RequestOptions = DEFAULT_OPTIONS
    partials: bool = False
    """Whether the client wants every revision, and the details of the result."""


def read_request(event: WireEvent, programs: Sequence[Program], *, default: Program) -> Request:
    """The request in a ``transcribe``.

    Raises:
        RequestError: There is no program of that name, or a setting is not possible.
        WireError: A field is not of its type.
    """
    name = optional_text_of(event, "name")
    program = find_program(programs, name) if name else default
    context = event.data.get("context")
    return Request(
        program=program,
        options=RequestOptions(
            language=optional_text_of(event, "language"),
            # Names go first, as the library's own documentation has it.
            terms=(*_texts_of(event, "transcript_names"), *_texts_of(event, "transcript_terms")),
            endpointing=_endpointing_of(event, program, wanted_endpointing(context)),
        ),
        partials=asked_for_partials(context),
    )


def _endpointing_of(
    event: WireEvent, program: Program, values: Mapping[str, object]
) -> Endpointing | None:
    """How the client wants the end to be found; None leaves it to the profile."""
    word = optional_text_of(event, "vad_sensitivity")
    sensitivity = Sensitivity(word) if word in set(Sensitivity) else Sensitivity.DEFAULT
    if word not in {None, *Sensitivity}:  # Wyoming lets clients send any word
        allowed = ", ".join(Sensitivity)
        _log.info("vad_sensitivity %r is not known; known are %s", one_line(str(word)), allowed)
    if sensitivity is Sensitivity.DEFAULT and not values:
        return None
    endpointing: Endpointing = program.endpointing.with_sensitivity(sensitivity)
    return endpointing.with_values(values)


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


def _texts_of(event: WireEvent, name: str) -> tuple[str, ...]:
    """A list of strings in the data; none where it is absent or null."""
    values = event.data.get(name)
    if values is None:
        return ()
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise WireError(f"{name} of {event.type} is not a list of strings")
    return tuple(values)


def optional_text_of(event: WireEvent, name: str) -> str | None:
    """A string in the data, or None where it is absent or null.

    Raises:
        WireError: It is not a string.
    """
    value = event.data.get(name)
    if value is None or isinstance(value, str):
        return value
    raise WireError(f"{name} of {event.type} is not a string")

"""Reads the requests in a client's events."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeGuard

from ..audio import AudioFormat
from ..endpointing import Endpointing, Sensitivity, with_client_values, with_sensitivity
from ..errors import (
    AudioFormatError,
    ErrorText,
    RequestError,
    WireError,
    alternatives,
    listed,
    most_similar,
    one_line,
)
from ..extensions.request import (
    ENCODINGS_BY_WIDTH,
    asked_for_partials,
    wanted_endpointing,
    wanted_house,
    wanted_utterance_id,
)
from ..options import shown
from ..transcriber import RequestOptions, Via
from .info import Program
from .wire import WireEvent

__all__ = [
    "Request",
    "audio_format_of",
    "find_program",
    "new_request",
    "optional_text_of",
    "read_request",
    "text_of",
]


_log = logging.getLogger(__name__)

_ANY_LANGUAGE: Final = "auto"
"""The language that clients of Whisper send if they leave the choice to the server."""


_DEFAULT_OPTIONS: Final = RequestOptions(via=Via.WYOMING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The request for the next utterance."""

    program: Program
    options: RequestOptions = _DEFAULT_OPTIONS
    partials: bool = False
    """Whether the client wants each revision, and the details of the result."""
    chunks: bool = False
    """Whether the client wants the text in chunks before the transcript."""


def new_request(program: Program) -> Request:
    """Return the request of a client that sends no ``transcribe``."""
    return Request(program=program, chunks=program.always_sends_chunks)


def read_request(event: WireEvent, programs: Sequence[Program], *, default: Program) -> Request:
    """Return the request in a ``transcribe`` event.

    Raises:
        RequestError: The program does not exist or does not know the language, or a setting is not
            allowed.
        WireError: A field has the wrong type.
    """
    name = optional_text_of(event, "name")
    program = find_program(programs, name) if name else default
    context = event.data.get("context")
    return Request(
        program=program,
        options=RequestOptions(
            language=_language_of(event, program),
            # Names come first, as in the wyoming library's documentation.
            terms=(*_texts_of(event, "transcript_names"), *_texts_of(event, "transcript_terms")),
            endpointing=_endpointing_of(event, program, wanted_endpointing(context)),
            house=wanted_house(context),
            utterance_id=wanted_utterance_id(context),
            via=Via.WYOMING,
        ),
        partials=asked_for_partials(context),
        # Clients that would take the first chunk for the whole answer send no ``context``.
        chunks=program.always_sends_chunks or isinstance(context, Mapping),
    )


def _language_of(event: WireEvent, program: Program) -> str | None:
    """Return the language that the client requests; None if it leaves the choice to the profile.

    Raises:
        RequestError: The profile does not know the language; the message lists those it knows.
        WireError: The language is not a string.
    """
    language = optional_text_of(event, "language")
    if not language or language.casefold() == _ANY_LANGUAGE:
        return None
    if not program.may_know(language):
        raise RequestError(
            f"language: profile {program.name!r} does not know {shown(language)}"
            f"{alternatives(language, program.known_languages, rest='docs/providers.md')}"
        )
    return language


def _endpointing_of(
    event: WireEvent, program: Program, values: Mapping[str, object]
) -> Endpointing | None:
    """Return the endpointing that the client requests; None if it requests no change."""
    word = optional_text_of(event, "vad_sensitivity")
    sensitivity = Sensitivity(word) if word in set(Sensitivity) else Sensitivity.DEFAULT
    if word not in {None, *Sensitivity}:  # the protocol allows any word
        _log.info(
            "ignored an unknown vad_sensitivity %r%s",
            one_line(str(word)),
            alternatives(word, Sensitivity),
        )
    if sensitivity is Sensitivity.DEFAULT and not values:
        return None
    return with_client_values(with_sensitivity(program.endpointing, sensitivity), values)


def find_program(programs: Sequence[Program], name: str) -> Program:
    """Return the program with this name.

    Raises:
        RequestError: There is no such program; the message lists all programs.
    """
    for program in programs:
        if program.name == name:
            return program
    names = [program.name for program in programs]
    error = RequestError(ErrorText.NO_SUCH_PROFILE, name=shown(name), available=listed(names))
    similar = most_similar(name, names)
    # The question is the advice, which follows the English text: the translations have no
    # placeholder for it.
    raise error.advising(f"Did you mean {similar}?") if similar else error


def audio_format_of(event: WireEvent) -> AudioFormat:
    """Return the format in the data of ``audio-start`` or ``audio-chunk``.

    Raises:
        WireError: A field is missing or not a whole number.
        AudioFormatError: The format is not supported.
    """
    rate, width, channels = (event.data.get(name) for name in ("rate", "width", "channels"))
    if not (_is_whole(rate) and _is_whole(width) and _is_whole(channels)):
        got = f"{rate!r:.20}, {width!r:.20} and {channels!r:.20}"
        raise WireError(f"{event.type} needs rate, width and channels as whole numbers, got {got}")
    encoding = ENCODINGS_BY_WIDTH.get(width)
    if encoding is None:
        raise AudioFormatError(f"width must be 1 to 4 bytes, got {width}")
    return AudioFormat(encoding=encoding, sample_rate_hz=rate, channels=channels)


def _is_whole(value: object) -> TypeGuard[int]:
    """Return whether a value is a whole number. In Python, a bool is an int too."""
    return isinstance(value, int) and not isinstance(value, bool)


def text_of(event: WireEvent, name: str) -> str:
    """Return a string in the data.

    Raises:
        WireError: The field is missing or not a string.
    """
    value = optional_text_of(event, name)
    if value is None:
        raise WireError(f"{event.type} needs {name}")
    return value


def _texts_of(event: WireEvent, name: str) -> tuple[str, ...]:
    """Return a list of strings in the data; empty if the field is missing or null."""
    values = event.data.get(name)
    if values is None:
        return ()
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise WireError(f"{name} of {event.type} must be a list of strings")
    # JSON can contain a lone surrogate, which a service's URL cannot.
    return tuple(value.encode("utf-8", "ignore").decode() for value in values)


def optional_text_of(event: WireEvent, name: str) -> str | None:
    """Return a string in the data, or None if the field is missing or null.

    Raises:
        WireError: The field is not a string.
    """
    value = event.data.get(name)
    if value is None or isinstance(value, str):
        return value
    raise WireError(f"{name} of {event.type} must be a string, got {value!r:.40}")

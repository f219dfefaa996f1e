"""The extensions of the Wyoming protocol that our server and our client share.

A client requests partial texts in ``transcribe``: ``context: {"wyoming_bridge": {"partials":
true}}``. It then gets a ``transcript-partial`` event for each revision, and the details of the
result in the ``context`` of the ``transcript``. Other clients do not get these extensions. Next to
``partials``, the client may set:

- ``endpointing``: an object of endpointing settings, by their names in the configuration
- ``house``: the names of the house, as ``House.to_data`` returns them
- ``utterance_id``: the name of the utterance in the bridge's log

A client that has an access token exchanges ``wyoming-bridge-access`` events with the bridge before
it sends any other event. ``access.handshake`` defines their data. Servers that do not know this
event ignore it, as Wyoming requires.

``info_extension`` has what we add to ``info``.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from .audio import Encoding
from .endpointing import CLIENT_ENDED, Endpoint
from .errors import (
    BridgeError,
    ErrorText,
    RemoteError,
    RequestError,
    one_line,
)
from .events import Entity, Word, WordKind
from .house import Completeness
from .json_fields import JsonFields, compact
from .options import shown
from .transcriber import (
    DEFAULT_OPTIONS,
    RequestOptions,
    Result,
    Revision,
    Segment,
    SpeakerText,
    Timing,
)

if TYPE_CHECKING:  # loaded only if a client sends a house
    from .house import House

__all__ = [
    "ACCESS_TYPE",
    "ENCODINGS_BY_WIDTH",
    "EXTENSION",
    "PARTIAL_TYPE",
    "PRODUCT",
    "ask_for_partials",
    "asked_for_partials",
    "details_context",
    "error_of",
    "result_of",
    "revision_data",
    "revision_of",
    "wanted_endpointing",
    "wanted_house",
    "wanted_utterance_id",
]

PRODUCT: Final = "Wyoming Bridge"
"""The attribution of every program in ``info``. Clients recognise a bridge by this name."""

PARTIAL_TYPE: Final = "transcript-partial"

ACCESS_TYPE: Final = "wyoming-bridge-access"

ENCODINGS_BY_WIDTH: Final = {
    1: Encoding.PCM_S8,
    2: Encoding.PCM_S16LE,
    3: Encoding.PCM_S24LE,
    4: Encoding.PCM_S32LE,
}
"""The encoding for each of Wyoming's widths in bytes. Wyoming does not define the encodings. These
are the ones that the converter of the ``wyoming`` library uses: it treats width 1 as signed."""

EXTENSION: Final = "wyoming_bridge"
"""The name of our object in the data of events."""

_TEXTS: Final = {text.key: text for text in ErrorText}

_MAX_HOUSE_BYTES: Final = 160 * 1024
"""A larger house is not sent, because a bridge refuses an event with more than 256 KiB of data, and
the same event also contains the terms that the service should favour. 160 KiB are about 1,500
entities with an alias each."""

_UTTERANCE_ID: Final = re.compile(r"[\w-]{1,64}", re.ASCII)

_log = logging.getLogger(__name__)


def ask_for_partials(options: RequestOptions = DEFAULT_OPTIONS) -> dict[str, object]:
    """Return the ``context`` of a ``transcribe`` that requests partial texts.

    The ``context`` also contains the options for which Wyoming has no field. It leaves out options
    that are None. It also leaves out a house that is too large, and logs a warning. The bridge uses
    its own settings for what is left out.
    """
    ours: dict[str, object] = {"partials": True}
    if options.utterance_id:
        ours["utterance_id"] = options.utterance_id
    if options.endpointing:
        ours["endpointing"] = asdict(options.endpointing)
    if options.house:
        values = options.house.to_data()
        size = len(compact(values).encode())
        if size <= _MAX_HOUSE_BYTES:
            ours["house"] = values
        else:
            _log.warning(
                "the house is not sent to the bridge: its names have %d bytes, and %d are allowed",
                size,
                _MAX_HOUSE_BYTES,
            )
    return {EXTENSION: ours}


def asked_for_partials(context: object) -> bool:
    """Return whether the ``context`` of a ``transcribe`` requests partial texts."""
    ours = context.get(EXTENSION) if isinstance(context, Mapping) else None
    return isinstance(ours, Mapping) and ours.get("partials") is True


def wanted_endpointing(context: object) -> Mapping[str, object]:
    """Return the endpointing settings in the ``context`` of a ``transcribe``.

    Raises:
        RequestError: The settings are not an object.
    """
    ours = context.get(EXTENSION) if isinstance(context, Mapping) else None
    values: object = ours.get("endpointing", {}) if isinstance(ours, Mapping) else {}
    if not isinstance(values, Mapping):
        raise RequestError(f"endpointing must be an object of settings, got {values!r}")
    return values


def wanted_utterance_id(context: object) -> str | None:
    """Return the id in the ``context`` of a ``transcribe``; None if the client sends none.

    Raises:
        RequestError: The id has a character that is not allowed, or more than 64 characters.
    """
    ours = context.get(EXTENSION) if isinstance(context, Mapping) else None
    value: object = ours.get("utterance_id") if isinstance(ours, Mapping) else None
    if value is None or (isinstance(value, str) and _UTTERANCE_ID.fullmatch(value)):
        return value
    raise RequestError(
        f"utterance_id must be 1 to 64 letters, digits, '-' and '_', got {shown(value)}"
    )


def wanted_house(context: object) -> "House | None":
    """Return the house in the ``context`` of a ``transcribe``; None if the client sends no house.

    Raises:
        RequestError: A value in the house is invalid.
    """
    ours = context.get(EXTENSION) if isinstance(context, Mapping) else None
    values: object = ours.get("house") if isinstance(ours, Mapping) else None
    if values is None:
        return None
    from .house import House

    try:
        return House.from_data(values)
    except ValueError as err:
        raise RequestError(f"house: {err}") from err


def revision_data(revision: Revision) -> dict[str, object]:
    """Return the data of a ``transcript-partial``."""
    data: dict[str, object] = {"text": revision.text, "settled": revision.settled}
    if revision.speakers:
        data["speakers"] = [asdict(each) for each in revision.speakers]
    return data


def revision_of(data: Mapping[str, object]) -> Revision:
    """Return the revision in the data of a ``transcript-partial``.

    Raises:
        ProtocolViolationError: A required field is missing, or a field has the wrong type.
    """
    partial = _fields(data)
    return Revision(
        text=partial.optional_text("text") or "",
        settled=partial.optional_text("settled") or "",
        speakers=tuple(
            SpeakerText(speaker=each.optional_text("speaker"), text=each.text("text"))
            for each in partial.objects("speakers")
        ),
    )


def details_context(details: Mapping[str, object]) -> dict[str, object]:
    """Return the ``context`` of a ``transcript``."""
    return {EXTENSION: dict(details)}


def result_of(data: Mapping[str, object], *, audio_ms: float, final_ms: float) -> Result:
    """Return the result in the data of a ``transcript``.

    Servers other than the bridge send only text and language. Then the result has the times that
    the client measured, ``audio_ms`` and ``final_ms``.

    Raises:
        ProtocolViolationError: A required field is missing, or a field has the wrong type.
    """
    transcript = _fields(data)
    context = _fields(transcript.mapping("context"))
    details = _fields(context.mapping(EXTENSION))
    timing = _fields(details.mapping("timing"))
    return Result(
        text=transcript.text("text"),
        language=transcript.optional_text("language"),
        words=tuple(_word(each) for each in details.objects("words")),
        segments=tuple(_segment(each) for each in details.objects("segments")),
        complete=details.flag("complete", default=True),
        said=details.optional_text("said"),
        repair=details.optional_text("repair"),
        completeness=_completeness(details.optional_text("completeness")),
        endpoint=_endpoint(details),
        connections=details.optional_whole("connections") or 1,
        utterance_id=details.optional_text("utterance_id"),
        failures=tuple(_error(each) for each in details.objects("failures")),
        profile=details.optional_text("profile") or "",
        provider=details.optional_text("provider") or "",
        timing=Timing(
            audio_ms=timing.number("audio_ms") if "audio_ms" in timing else audio_ms,
            ready_ms=timing.optional_number("ready_ms"),
            first_text_ms=timing.optional_number("first_text_ms"),
            speech_ms=timing.optional_number("speech_ms"),
            endpoint_ms=timing.optional_number("endpoint_ms"),
            final_ms=timing.optional_number("final_ms") if EXTENSION in context else final_ms,
            total_ms=timing.number("total_ms") if "total_ms" in timing else audio_ms + final_ms,
        ),
    )


def error_of(data: Mapping[str, object]) -> BridgeError:
    """Return the error in the data of an ``error``.

    Raises:
        ProtocolViolationError: A required field is missing, or a field has the wrong type.
    """
    return _error(_fields(data))


def _error(error: JsonFields) -> BridgeError:
    """Return the error that a bridge reported, as an instance of the class with the same code."""
    code, message = error.optional_text("code"), error.text("text")
    kind: type[BridgeError] = next(
        (each for each in _classes(BridgeError) if each.code == code), RemoteError
    )
    # The bridge appended the advice, which ``with_advice`` would append again.
    message = message.removesuffix(f". {kind.advice}") if kind.advice else message
    reported = kind(message)
    key, values = error.raw("text_key"), error.raw("placeholders")
    text = _TEXTS.get(key) if isinstance(key, str) else None
    # A newer bridge may send a key or placeholders that are not known here. The message is enough.
    if (
        text
        and isinstance(values, dict)
        and all(isinstance(values.get(name), str) for name in text.placeholders)
    ):
        reported.text = text
        reported.placeholders = {name: one_line(values[name]) for name in text.placeholders}
    return reported


def _classes(kind: type[BridgeError]) -> Iterator[type[BridgeError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _classes(each)


def _endpoint(details: JsonFields) -> Endpoint:
    """Return why an utterance ended; ``CLIENT_ENDED`` if the server sends no known reason.

    Only a bridge sends a reason, and a newer bridge may send one that is not known here.
    """
    endpoint = {**details.mapping("endpoint"), "ended_by": details.optional_text("ended_by")}
    return Endpoint.from_data(endpoint) or CLIENT_ENDED


def _completeness(name: str | None) -> Completeness | None:
    """Return the completeness with this name; None if there is no name, or an unknown one."""
    return Completeness(name) if name in set(Completeness) else None


def _word(word: JsonFields) -> Word:
    kind = word.optional_text("kind")
    return Word(
        text=word.text("text"),
        start_ms=word.optional_whole("start_ms"),
        end_ms=word.optional_whole("end_ms"),
        confidence=word.optional_number("confidence"),
        kind=WordKind(kind) if kind in set(WordKind) else WordKind.WORD,
        speaker=word.optional_text("speaker"),
    )


def _segment(segment: JsonFields) -> Segment:
    return Segment(
        text=segment.text("text"),
        start_ms=segment.optional_whole("start_ms"),
        end_ms=segment.optional_whole("end_ms"),
        speaker=segment.optional_text("speaker"),
        entities=tuple(
            Entity(
                text=entity.text("text"),
                kind=entity.text("kind"),
                start_char=entity.whole("start_char"),
                end_char=entity.whole("end_char"),
            )
            for entity in segment.objects("entities")
        ),
    )


def _fields(values: Mapping[str, object]) -> JsonFields:
    return JsonFields(values, provider="the bridge")

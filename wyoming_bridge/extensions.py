"""What our Wyoming server and client agree on beyond the words of Wyoming itself.

A client asks in ``transcribe``: ``context: {"wyoming_bridge": {"partials": true}}``. It then
gets a ``transcript-partial`` event at each revision, and the details of the result in the
``context`` of the ``transcript``. Beside ``partials`` it may set ``endpointing``, an object with
settings of the endpoint by their names in the configuration. Other clients see nothing of this.

A client that has an access token sends ``wyoming-bridge-access`` before anything else, with
``token`` in its data. Servers that do not know it pass it over, as Wyoming wants it.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from .audio import Encoding
from .endpointing import Ending, Endpointing
from .errors import BridgeError, RequestError, error_from_code
from .events import Entity, Word, WordKind
from .json_fields import JsonFields
from .transcriber import Result, Revision, Segment, Timing

__all__ = [
    "ACCESS_TYPE",
    "ENCODINGS_BY_WIDTH",
    "PARTIAL_TYPE",
    "PRODUCT",
    "access_data",
    "ask_for_partials",
    "asked_for_partials",
    "details_context",
    "error_of",
    "result_of",
    "revision_data",
    "revision_of",
    "token_of",
    "wanted_endpointing",
]

PRODUCT: Final = "Wyoming Bridge"
"""To whom ``info`` attributes every program; by it a client tells a bridge from other servers."""

PARTIAL_TYPE: Final = "transcript-partial"

ACCESS_TYPE: Final = "wyoming-bridge-access"

ENCODINGS_BY_WIDTH: Final = {
    1: Encoding.PCM_S8,
    2: Encoding.PCM_S16LE,
    3: Encoding.PCM_S24LE,
    4: Encoding.PCM_S32LE,
}
"""What Wyoming's width, in bytes, stands for. The events do not say it; this is how the library's
own converter takes them, width 1 as signed."""

_KEY: Final = "wyoming_bridge"


def access_data(token: str) -> dict[str, object]:
    """The data of a ``wyoming-bridge-access``."""
    return {"token": token}


def token_of(data: Mapping[str, object]) -> str | None:
    """The token in the data of a ``wyoming-bridge-access``; what is no text is none."""
    token = data.get("token")
    return token if isinstance(token, str) else None


def ask_for_partials(endpointing: Endpointing | None = None) -> dict[str, object]:
    """The ``context`` of a ``transcribe`` that asks, and says how the end is to be found."""
    ours: dict[str, object] = {"partials": True}
    if endpointing:
        ours["endpointing"] = asdict(endpointing)
    return {_KEY: ours}


def asked_for_partials(context: object) -> bool:
    """Whether the ``context`` of a ``transcribe`` asks."""
    ours = context.get(_KEY) if isinstance(context, Mapping) else None
    return isinstance(ours, Mapping) and ours.get("partials") is True


def wanted_endpointing(context: object) -> Mapping[str, object]:
    """The settings of the endpoint in the ``context`` of a ``transcribe``.

    Raises:
        RequestError: They are no object.
    """
    ours = context.get(_KEY) if isinstance(context, Mapping) else None
    values: object = ours.get("endpointing", {}) if isinstance(ours, Mapping) else {}
    if not isinstance(values, Mapping):
        raise RequestError("endpointing is no object of settings by name")
    return values


def revision_data(revision: Revision) -> dict[str, object]:
    """The data of a ``transcript-partial``."""
    return {"text": revision.text, "settled": revision.settled}


def revision_of(data: Mapping[str, object]) -> Revision:
    """The revision in the data of a ``transcript-partial``."""
    return Revision(text=str(data.get("text", "")), settled=str(data.get("settled", "")))


def details_context(details: Mapping[str, object]) -> dict[str, object]:
    """The ``context`` of a ``transcript``."""
    return {_KEY: dict(details)}


def result_of(data: Mapping[str, object], *, audio_ms: float, final_ms: float) -> Result:
    """The result in the data of a ``transcript``.

    A server that is not ours sends only text and language; the times are then the reader's own.

    Raises:
        ProtocolViolationError: A field is not of its type.
    """
    transcript = _fields(data)
    context = _fields(transcript.mapping("context"))
    details = _fields(context.mapping(_KEY))
    timing = _fields(details.mapping("timing"))
    return Result(
        text=transcript.text("text"),
        language=transcript.optional_text("language"),
        words=tuple(_word(each) for each in details.objects("words")),
        segments=tuple(_segment(each) for each in details.objects("segments")),
        complete=details.flag("complete", default=True),
        said=details.optional_text("said"),
        ended_by=_ending(details.optional_text("ended_by")),
        connections=details.optional_whole("connections") or 1,
        failures=tuple(_error(each) for each in details.objects("failures")),
        profile=details.optional_text("profile") or "",
        provider=details.optional_text("provider") or "",
        timing=Timing(
            audio_ms=timing.number("audio_ms") if "audio_ms" in timing else audio_ms,
            ready_ms=timing.optional_number("ready_ms"),
            first_text_ms=timing.optional_number("first_text_ms"),
            speech_ms=timing.optional_number("speech_ms"),
            endpoint_ms=timing.optional_number("endpoint_ms"),
            final_ms=timing.optional_number("final_ms") if _KEY in context else final_ms,
            total_ms=timing.number("total_ms") if "total_ms" in timing else audio_ms + final_ms,
        ),
    )


def error_of(data: Mapping[str, object]) -> BridgeError:
    """The error in the data of an ``error``.

    Raises:
        ProtocolViolationError: A field is not of its type.
    """
    return _error(_fields(data))


def _error(error: JsonFields) -> BridgeError:
    return error_from_code(error.optional_text("code") or "", error.text("text"))


def _ending(name: str | None) -> Ending:
    """A server that is not ours, or a newer one, may name another or none."""
    return Ending(name) if name in set(Ending) else Ending.CLIENT


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

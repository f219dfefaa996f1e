"""The partial texts and the results that a bridge sends to a client."""

from collections.abc import Mapping
from dataclasses import asdict

from ..endpointing import CLIENT_ENDED, Endpoint
from ..events import Entity, Word, WordKind
from ..house import Completeness
from ..json_fields import JsonFields
from ..transcriber import Result, Revision, Segment, SpeakerText, Timing
from .error import error_in
from .names import EXTENSION

__all__ = ["details_context", "result_of", "revision_data", "revision_of"]


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
        left_out_terms=_texts(details, "left_out_terms"),
        utterance_id=details.optional_text("utterance_id"),
        failures=tuple(error_in(each) for each in details.objects("failures")),
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


def _endpoint(details: JsonFields) -> Endpoint:
    """Return why an utterance ended; ``CLIENT_ENDED`` if the server sends no known reason.

    Only a bridge sends a reason, and a newer bridge may send one that is not known here.
    """
    endpoint = {**details.mapping("endpoint"), "ended_by": details.optional_text("ended_by")}
    return Endpoint.from_data(endpoint) or CLIENT_ENDED


def _completeness(name: str | None) -> Completeness | None:
    """Return the completeness with this name; None if there is no name, or an unknown one."""
    return Completeness(name) if name in set(Completeness) else None


def _texts(details: JsonFields, name: str) -> tuple[str, ...] | None:
    """Return a list of texts; None without such a list, as in the result of an older bridge."""
    if name not in details:
        return None
    return tuple(each for each in details.array(name) if isinstance(each, str))


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

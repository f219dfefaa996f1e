"""Finds the recorded utterance that an action names."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from homeassistant.core import ServiceCall
from homeassistant.util import dt as dt_util

from .bridge import Kept
from .failures import invalid
from .recorders import EntityRecorder
from .stt import BridgeSpeechToText

ATTR_UTTERANCE: Final = "utterance"

_NAMED: Final = 5
"""How many recordings an error names, the newest first."""


def own_recorder(entity: BridgeSpeechToText) -> EntityRecorder:
    """Return the recorder of an entity.

    Raises:
        ServiceValidationError: The entity is of a remote bridge, which has its own recorder.
    """
    recorder = entity.coordinator.recorders.get(entity.subentry_id)
    if recorder is None:
        raise invalid("recorded_by_bridge", entity=entity.subentry.title)
    return recorder


def named_utterance(call: ServiceCall) -> str | None:
    """Return the id that a call names; None if the field is missing or empty."""
    value = call.data.get(ATTR_UTTERANCE)
    return None if value is None else str(value).strip() or None


def chosen(kept: Sequence[Kept], utterance_id: str | None) -> Kept:
    """Return the recording of an utterance; without an id, the first recording in ``kept``.

    Raises:
        ServiceValidationError: There is no such recording; the message names the newest ones.
    """
    if not kept:
        raise invalid("no_recordings")
    if utterance_id is None:
        return kept[0]
    for each in kept:
        if each.id == utterance_id:
            return each
    newest = ", ".join(each.id for each in kept[:_NAMED])
    raise invalid("no_such_recording", utterance=utterance_id, newest=newest)


def local_time(moment: datetime) -> str:
    """Return a moment as ISO 8601 in the time zone of Home Assistant."""
    return dt_util.as_local(moment).isoformat()

"""What a client requests in the ``context`` of a ``transcribe``, and the audio that it sends."""

import logging
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from ..audio import Encoding
from ..errors import RequestError
from ..json_text import compact
from ..options import shown
from ..transcriber import DEFAULT_OPTIONS, RequestOptions
from .names import EXTENSION

if TYPE_CHECKING:  # loaded only if a client sends a house
    from ..house import House

__all__ = [
    "ENCODINGS_BY_WIDTH",
    "ask_for_partials",
    "asked_for_partials",
    "wanted_endpointing",
    "wanted_house",
    "wanted_utterance_id",
]

ENCODINGS_BY_WIDTH: Final = {
    1: Encoding.PCM_S8,
    2: Encoding.PCM_S16LE,
    3: Encoding.PCM_S24LE,
    4: Encoding.PCM_S32LE,
}
"""The encoding for each of Wyoming's widths in bytes. Wyoming does not define the encodings. These
are the ones that the converter of the ``wyoming`` library uses: it treats width 1 as signed."""

_MAX_HOUSE_BYTES: Final = 160 * 1024
"""A larger house is not sent, because a bridge refuses an event with more than 256 KiB of data, and
the same event also contains the terms that the service should favour. 160 KiB are about 1,500
entities with an alias each."""

_UTTERANCE_ID: Final = re.compile(r"[\w-]{1,64}", re.ASCII)

_log = logging.getLogger(__name__)

_recent_houses: "Final[deque[tuple[object, House]]]" = deque(maxlen=4)
"""The last houses of clients, each with the JSON values from which it was read. A client sends the
same house with each request. Comparing the values of a large house takes 2 ms, and reading them
20 ms."""


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
    return _ours(context).get("partials") is True


def wanted_endpointing(context: object) -> Mapping[str, object]:
    """Return the endpointing settings in the ``context`` of a ``transcribe``.

    Raises:
        RequestError: The settings are not an object.
    """
    values = _ours(context).get("endpointing", {})
    if not isinstance(values, Mapping):
        raise RequestError(f"endpointing must be an object of settings, got {values!r}")
    return values


def wanted_utterance_id(context: object) -> str | None:
    """Return the id in the ``context`` of a ``transcribe``; None if the client sends none.

    Raises:
        RequestError: The id has a character that is not allowed, or more than 64 characters.
    """
    value = _ours(context).get("utterance_id")
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
    values = _ours(context).get("house")
    if values is None:
        return None
    for known, house in _recent_houses:
        if known == values:
            return house
    from ..house import House

    try:
        house = House.from_data(values)
    except ValueError as err:
        raise RequestError(f"house: {err}") from err
    _recent_houses.append((values, house))
    return house


def _ours(context: object) -> Mapping[str, object]:
    """Return our object in a ``context``; empty if the client sends none."""
    ours = context.get(EXTENSION) if isinstance(context, Mapping) else None
    return ours if isinstance(ours, Mapping) else {}

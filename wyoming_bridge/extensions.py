"""What our Wyoming server and client say to each other beyond Wyoming itself.

A client asks in ``transcribe``: ``context: {"wyoming_bridge": {"partials": true}}``. It then
gets a ``transcript-partial`` event at each revision, and the details of the result in the
``context`` of the ``transcript``. Other clients see nothing of this.
"""

from collections.abc import Mapping
from typing import Final

from .transcriber import Revision

__all__ = [
    "PARTIAL_TYPE",
    "ask_for_partials",
    "asked_for_partials",
    "details_context",
    "details_of",
    "revision_data",
    "revision_of",
]

PARTIAL_TYPE: Final = "transcript-partial"

_KEY: Final = "wyoming_bridge"


def ask_for_partials() -> dict[str, object]:
    """The ``context`` of a ``transcribe`` that asks."""
    return {_KEY: {"partials": True}}


def asked_for_partials(context: object) -> bool:
    """Whether the ``context`` of a ``transcribe`` asks."""
    ours = context.get(_KEY) if isinstance(context, Mapping) else None
    return isinstance(ours, Mapping) and ours.get("partials") is True


def revision_data(revision: Revision) -> dict[str, object]:
    """The data of a ``transcript-partial``."""
    return {"text": revision.text, "settled": revision.settled}


def revision_of(data: Mapping[str, object]) -> Revision:
    """The revision in the data of a ``transcript-partial``."""
    return Revision(text=str(data.get("text", "")), settled=str(data.get("settled", "")))


def details_context(details: Mapping[str, object]) -> dict[str, object]:
    """The ``context`` of a ``transcript``."""
    return {_KEY: dict(details)}


def details_of(context: object) -> dict[str, object]:
    """The details in the ``context`` of a ``transcript``; empty if there are none."""
    ours = context.get(_KEY) if isinstance(context, Mapping) else None
    return dict(ours) if isinstance(ours, Mapping) else {}

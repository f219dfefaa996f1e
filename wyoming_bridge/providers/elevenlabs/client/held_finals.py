"""Final texts that wait for the redacted or edited text that replaces them."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ....events import FinalEnriched, FinalText, FlushDone, SessionEvent

__all__ = ["HeldFinals"]


@dataclass(slots=True, kw_only=True)
class _Held:
    segment: int
    final: FinalText
    flush_ids: list[str]
    """The flushes that are done when the final text is reported."""
    enrichments: list[FinalEnriched] = field(default_factory=list)
    text: str | None = None
    """The text that replaces the text of ``final``."""


class HeldFinals:
    """The held final texts, in the order of their segments. They are released in that order."""

    def __init__(self) -> None:
        self._held: deque[_Held] = deque()

    def __len__(self) -> int:
        """Return the number of held final texts."""
        return len(self._held)

    def add(self, final: FinalText, *, segment: int, flush_ids: list[str]) -> None:
        """Hold a final text."""
        self._held.append(_Held(segment=segment, final=final, flush_ids=flush_ids))

    def attach(self, flush_ids: list[str]) -> bool:
        """Let more flushes wait for the newest held final text. Return False if none is held."""
        if self._held:
            self._held[-1].flush_ids += flush_ids
        return bool(self._held)

    def enrich(self, enriched: FinalEnriched) -> bool:
        """Keep details of a held final text. Return False if it is not held."""
        held = self._find(enriched.segment)
        if held:
            held.enrichments.append(enriched)
        return held is not None

    def replace_text(self, segment: int, text: str) -> bool:
        """Replace the text of a held final text. Return False if it is not held."""
        held = self._find(segment)
        if held:
            held.text = text
        return held is not None

    def release(self, *, before: int | None = None) -> Iterator[SessionEvent]:
        """Remove the final texts of the segments before ``before``, or all. Yield their events."""
        while self._held and (before is None or self._held[0].segment < before):
            yield from _events_of(self._held.popleft())

    def _find(self, segment: int) -> _Held | None:
        return next((each for each in self._held if each.segment == segment), None)


def _events_of(held: _Held) -> Iterator[SessionEvent]:
    """Yield a final text, its details, and the flushes that are done with it."""
    final = held.final
    if held.text is None or held.text == final.text:
        yield final
        yield from held.enrichments
    else:
        # The words and entities belong to the text that was replaced.
        yield replace(final, text=held.text, words=())
        for each in held.enrichments:
            if each.language:
                yield FinalEnriched(segment=each.segment, language=each.language)
    for flush_id in held.flush_ids:
        yield FlushDone(flush_id=flush_id)

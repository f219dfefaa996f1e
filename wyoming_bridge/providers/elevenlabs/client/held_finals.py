"""Finals whose text is to be replaced by what the service makes of it."""

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
    """What is done once the final is reported."""
    enrichments: list[FinalEnriched] = field(default_factory=list)
    text: str | None = None
    """What replaces the final's."""


class HeldFinals:
    """In the order of their segments; they are let go in that order too."""

    def __init__(self) -> None:
        self._held: deque[_Held] = deque()

    def __len__(self) -> int:
        """How many are held."""
        return len(self._held)

    def add(self, final: FinalText, *, segment: int, flush_ids: list[str]) -> None:
        """Hold one."""
        self._held.append(_Held(segment=segment, final=final, flush_ids=flush_ids))

    def serve(self, flush_ids: list[str]) -> bool:
        """Have more flushes wait for the last one; False: there is none."""
        if self._held:
            self._held[-1].flush_ids += flush_ids
        return bool(self._held)

    def enrich(self, enriched: FinalEnriched) -> bool:
        """Keep what belongs to one that is held; False: it is not held."""
        held = self._find(enriched.segment)
        if held:
            held.enrichments.append(enriched)
        return held is not None

    def replace_text(self, segment: int, text: str) -> bool:
        """Take the other text of one; False: it is not held."""
        held = self._find(segment)
        if held:
            held.text = text
        return held is not None

    def release(self, *, before: int | None = None) -> Iterator[SessionEvent]:
        """Let go those before a segment, or all of them."""
        while self._held and (before is None or self._held[0].segment < before):
            yield from _events_of(self._held.popleft())

    def _find(self, segment: int) -> _Held | None:
        return next((each for each in self._held if each.segment == segment), None)


def _events_of(held: _Held) -> Iterator[SessionEvent]:
    """A final with all that belongs to it."""
    final = held.final
    if held.text is None or held.text == final.text:
        yield final
        yield from held.enrichments
    else:
        # Words and entities are those of the text that was replaced.
        yield replace(final, text=held.text, words=())
        for each in held.enrichments:
            if each.language:
                yield FinalEnriched(segment=each.segment, language=each.language)
    for flush_id in held.flush_ids:
        yield FlushDone(flush_id=flush_id)

"""What is known about an utterance when it begins.

This module does not import the recorder, because a bridge that records nothing does not need it.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..audio import AudioFormat
from ..transcriber import Observer, RequestOptions

if TYPE_CHECKING:
    from ..house import House
    from .recording import Recording
    from .trace import Trace
    from .trace_event import TraceEvent

__all__ = ["NewUtterance", "Observe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUtterance:
    """What is known about an utterance when it begins."""

    utterance_id: str
    requested: str
    """The name by which clients request the profile."""
    profile: str
    """The name of the profile for people to read."""
    provider: str
    options: RequestOptions
    source: AudioFormat
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def new_trace(
        self,
        *,
        on_event: "Callable[[TraceEvent], None]" = lambda _: None,
        on_audio: Callable[[], None] = lambda: None,
        on_end: Callable[[], None] = lambda: None,
    ) -> "Trace":
        """Return a new trace, which observes the utterance from now on."""
        from .trace import Trace

        return Trace(
            source=self.source,
            clock=asyncio.get_running_loop().time,
            on_event=on_event,
            on_audio=on_audio,
            on_end=on_end,
        )

    def recording(self, trace: "Trace") -> "Recording":
        """Return a recording of what the trace contains so far."""
        from .recording import Recording

        return Recording(
            id=self.utterance_id,
            began_at=self.began_at,
            profile=self.profile,
            provider=self.provider,
            client=self.options.client,
            via=self.options.via,
            requested=self.requested,
            request=_request(self.options),
            house=_house(self.options),
            audio_ms=trace.audio_ms,
            frames=trace.frames,
            events=trace.events,
        )


Observe = Callable[[NewUtterance], Iterable[Observer]]
"""Returns the observers of a new utterance; empty if the utterance is not observed."""


def _house(options: RequestOptions) -> "House | None":
    """Return the house of a request; None if it has no names, because then it has no effect."""
    return None if options.house is None or options.house.is_empty else options.house


def _request(options: RequestOptions) -> dict[str, object]:
    given: dict[str, object] = {
        "language": options.language,
        "terms": list(options.terms) or None,
        "endpointing": asdict(options.endpointing) if options.endpointing else None,
    }
    return {name: value for name, value in given.items() if value is not None}

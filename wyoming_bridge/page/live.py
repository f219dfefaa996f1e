"""Shows on all open pages which utterances are under way. Without a page, no levels are measured.

The page shows an utterance from its ``Trace``, which is also what the recorder keeps. Without a
recorder, an utterance has a trace only if a page is open when it begins. That trace is not kept.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ..recorder import NewUtterance, Recorder, Recording, Trace, TraceEvent
from .levels import FRAMES_PER_STEP, LevelMeter, Levels, paired
from .viewers import Viewer
from .views import outcome_of, summary_of, view_of

__all__ = ["MAX_LIVE", "MAX_VIEWERS", "LiveUtterances"]

MAX_VIEWERS: Final = 16
"""How many pages may be open at once. A home has a few, and perhaps one on a wall."""

MAX_LIVE: Final = 32
"""How many utterances are sent to the pages at once. Further ones are only recorded, so that a
flood of clients does not fill the memory. A page shows only the newest three."""

_UPDATE_MS: Final = 100
"""How much audio lies between two updates of the levels. The eye sees ten pictures per second as
motion."""


class LiveUtterances:
    """Sends what happens in utterances to all viewers. A viewer is an open page."""

    def __init__(self, *, recorder: Recorder | None) -> None:
        self._recorder = recorder
        self._viewers: set[Viewer] = set()
        self._live: dict[str, _Live] = {}

    def is_full(self) -> bool:
        """Whether no more viewers can join."""
        return len(self._viewers) >= MAX_VIEWERS

    def observe(self, about: NewUtterance) -> Trace | None:
        """Return the observer of a new utterance; None if it is neither recorded nor watched."""
        if len(self._live) >= MAX_LIVE or (self._recorder is None and not self._viewers):
            return self._recorder.trace(about) if self._recorder else None

        def on_event(event: TraceEvent) -> None:
            self._show_event(live, event)

        def on_audio() -> None:
            self._show_levels(live, least_ms=_UPDATE_MS)

        new_trace = self._recorder.trace if self._recorder else _unrecorded
        trace = new_trace(about, on_event=on_event, on_audio=on_audio)
        live = _Live(about, trace)
        self._live[about.utterance_id] = live
        self._publish({"kind": "begin", **summary_of(live.recording)})
        return trace

    def join(self, viewer: Viewer, hello: Mapping[str, object]) -> None:
        """Send a viewer all utterances under way, and from now on everything that happens."""
        for live in self._live.values():
            self._measure(live)
        utterances = [each.view() for each in self._live.values()]
        viewer.put(_json({"kind": "hello", **hello, "utterances": utterances}))
        self._viewers.add(viewer)

    def leave(self, viewer: Viewer) -> None:
        """Send nothing more to a viewer."""
        self._viewers.discard(viewer)

    def recorded(self, recording: Recording) -> None:
        """Show a new or changed recording in the list."""
        self._publish({"kind": "recorded", "recording": summary_of(recording)})

    def deleted(self, ids: Sequence[str]) -> None:
        """Remove recordings from the list."""
        self._publish({"kind": "deleted", "ids": ids})

    def _show_event(self, live: "_Live", event: TraceEvent) -> None:
        self._publish({"kind": "event", "id": live.id, "event": event.to_data()})
        recording = live.recording
        if recording.is_over:
            self._show_levels(live, least_ms=0)
            self._publish({"kind": "end", "id": live.id, **outcome_of(recording)})
            if self._live.get(live.id) is live:  # a client may use an id twice
                del self._live[live.id]

    def _show_levels(self, live: "_Live", *, least_ms: float) -> None:
        if self._viewers and live.unmeasured_ms >= least_ms:
            self._measure(live)

    def _measure(self, live: "_Live") -> None:
        if update := live.measure():
            self._publish({"kind": "levels", "id": live.id, **update}, is_levels=True)

    def _publish(self, message: Mapping[str, object], *, is_levels: bool = False) -> None:
        if not self._viewers:
            return
        text = _json(message)
        for viewer in self._viewers:
            viewer.put(text, is_levels=is_levels)


class _Live:
    """An utterance under way, with the levels that were measured so far."""

    def __init__(self, about: NewUtterance, trace: Trace) -> None:
        self.id = about.utterance_id
        self._about = about
        self._trace = trace
        self._meter = LevelMeter(about.source)
        self._levels = Levels()
        self._measured_bytes = 0

    @property
    def recording(self) -> Recording:
        """The utterance so far."""
        return self._about.recording(self._trace)

    @property
    def unmeasured_ms(self) -> float:
        """The duration of the audio that was not measured yet."""
        return self._about.source.duration_ms(len(self._trace.audio) - self._measured_bytes)

    def measure(self) -> dict[str, object]:
        """Measure the new audio. Return the new levels as JSON values, or an empty object."""
        steps, pairs = len(self._levels.low), len(self._levels.speech)
        new = self._meter.measure(bytes(self._trace.audio[self._measured_bytes :]))
        self._measured_bytes = len(self._trace.audio)
        new.extend(paired(self._trace.frames[pairs * FRAMES_PER_STEP :]))
        self._levels.extend(new)
        if not new.low and not new.speech:
            return {}
        return {"at": steps, "frames_at": pairs, **new.to_data()}

    def view(self) -> dict[str, object]:
        """Return the utterance so far, with the levels of the last measurement."""
        return view_of(self.recording, self._levels)


def _unrecorded(
    about: NewUtterance, *, on_event: Callable[[TraceEvent], None], on_audio: Callable[[], None]
) -> Trace:
    return about.new_trace(on_event=on_event, on_audio=on_audio)


def _json(message: Mapping[str, object]) -> str:
    """Return a message as ASCII: an error can quote a lone surrogate, which UTF-8 cannot encode."""
    return json.dumps(message, separators=(",", ":"))

"""The transcript of one utterance so far, assembled from all sessions with one service.

Audio is *confirmed* if finals contain all speech in it. When a session is replaced, the audio that
is not confirmed is sent again, and the text that was recognised in it is dropped.
"""

from dataclasses import replace
from math import inf
from typing import Final

from ..events import (
    Entity,
    FinalEnriched,
    FinalText,
    Finished,
    PartialText,
    SessionEvent,
    SpeakersMerged,
    State,
    StateChanged,
    Word,
)
from .final_times import end_of, start_of
from .joining import joined
from .late_texts import begins_with, is_late
from .result import Segment, SpeakerText
from .speakers import speaker_of, texts_by_speaker, with_merged_speakers
from .stable_prefix import StablePrefix

__all__ = ["Transcript"]

_ROUNDED_UP_MS: Final = 500
"""How long after the end of the audio a word may end, because services round times up. A later
time is wrong: the service uses another unit, or invents times."""


class Transcript:
    """The finals of one utterance, and the partial that follows them. Times are milliseconds."""

    def __init__(self) -> None:
        self._finals: list[FinalText] = []
        self._entities: dict[int, tuple[Entity, ...]] = {}  # by the index of their final
        # For each final of this session, its index in _finals; None if the final was dropped.
        self._session_finals: list[int | None] = []
        self._confirmed_ms = 0
        self._confirmed = 0  # how many finals are confirmed
        self._settled = ""
        self._partial = ""
        self._partial_end_ms: int | None = None
        self._stable_prefix = StablePrefix()
        self._has_partials = False  # whether this session sends partials
        self._has_words_since_final = False
        self._finals_before_finish: int | None = None

    def take(self, event: SessionEvent, *, sent_ms: float = inf) -> None:
        """Handle an event of the newest session, to which audio was sent up to ``sent_ms``."""
        match event:
            case PartialText():
                self._take_partial(event, sent_ms=sent_ms)
            case FinalText() if self._is_repeated(event):
                self._session_finals.append(None)
            case FinalText():
                self._session_finals.append(len(self._finals))
                self._finals.append(event)
                self._settled = joined(self._settled, event.text)
                self._drop_partial()
                self._has_words_since_final = False
                self._confirm_by_times(sent_ms=sent_ms)
            case FinalEnriched(segment=segment):
                self._enrich(segment, event, sent_ms=sent_ms)
            case SpeakersMerged():
                self._finals = [with_merged_speakers(final, event) for final in self._finals]
            case StateChanged(state=State.FINISHING):
                self._finals_before_finish = len(self._session_finals)
            case Finished() if self._has_final_of_the_finish:
                self._drop_partial()  # nothing follows the last final
            case _:
                pass

    def confirm(self, until_ms: int) -> None:
        """Note that finals contain all speech up to a time."""
        self._confirmed_ms = max(self._confirmed_ms, until_ms)
        self._confirmed = len(self._finals)

    def begin_session(self) -> None:
        """Begin another session, which gets the audio that is not confirmed."""
        for index in range(self._confirmed, len(self._finals)):
            self._entities.pop(index, None)
        del self._finals[self._confirmed :]
        self._session_finals.clear()
        self._has_partials = self._has_words_since_final = False
        self._finals_before_finish = None
        self._settled = ""
        for final in self._finals:
            self._settled = joined(self._settled, final.text)
        self._drop_partial()

    @property
    def confirmed_ms(self) -> int:
        """The time up to which finals contain all speech."""
        return self._confirmed_ms

    @property
    def settled(self) -> str:
        """The text that will most likely not change."""
        return joined(self._settled, self._stable_prefix.text)

    @property
    def text(self) -> str:
        """All text: the finals and the partial after them."""
        return joined(self._settled, self._partial)

    @property
    def has_open_partial(self) -> bool:
        """Whether the text ends with words of a partial."""
        return bool(self._partial)

    @property
    def partial_end_ms(self) -> int | None:
        """The end of the open partial's last word; None if there is no partial or no time."""
        return self._partial_end_ms if self._partial else None

    @property
    def words(self) -> tuple[Word, ...]:
        """The words of all finals."""
        return tuple(word for final in self._finals for word in final.words)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The finals that have text, with their speakers and entities."""
        return tuple(
            Segment(
                text=final.text,
                start_ms=start_of(final),
                end_ms=end_of(final),
                speaker=speaker_of(final),
                entities=self._entities.get(index, ()),
            )
            for index, final in enumerate(self._finals)
            if final.text
        )

    @property
    def speakers(self) -> tuple[SpeakerText, ...]:
        """What each speaker said; empty if the service does not tell speakers apart."""
        return texts_by_speaker(self._finals, partial=self._partial)

    @property
    def end_ms(self) -> int:
        """The end of the last final; 0 if the finals have no times."""
        return max((final.end_ms or 0 for final in self._finals), default=0)

    @property
    def language(self) -> str | None:
        """The language that the service detected last; None if it did not detect one."""
        return next((f.language for f in reversed(self._finals) if f.language), None)

    def _drop_partial(self) -> None:
        self._partial = ""
        self._stable_prefix = StablePrefix()

    @property
    def _has_final_of_the_finish(self) -> bool:
        before = self._finals_before_finish
        return before is not None and len(self._session_finals) > before

    @property
    def _last_final(self) -> FinalText | None:
        """The last final of this session; None before the first, or if it was dropped."""
        index = self._session_finals[-1] if self._session_finals else None
        return None if index is None else self._finals[index]

    def _take_partial(self, partial: PartialText, *, sent_ms: float) -> None:
        text, last = partial.text.strip(), self._last_final
        finals = (self._finals[index] for index in self._session_finals if index is not None)
        late = is_late(partial, last, session_finals=finals) if last else None
        if text and late:
            return
        self._has_partials = self._has_partials or bool(text)
        self._has_words_since_final = self._has_words_since_final or bool(text)
        # A partial with which the last final begins may belong to that final and have arrived
        # late, so it is ignored. If the user really repeats the words, a longer partial or the
        # next final will contain them.
        may_be_late = text and late is None and not self._partial
        if may_be_late and last and begins_with(last, text):
            return
        end_ms = partial.end_ms
        is_possible = end_ms is not None and end_ms <= sent_ms + _ROUNDED_UP_MS
        self._partial, self._partial_end_ms = text, end_ms if is_possible else None
        self._stable_prefix.take(partial)

    def _is_repeated(self, final: FinalText) -> bool:
        """Return whether the service sent the same final before.

        A service repeats a final if it ended the segment just before it received the flush. Some
        services also answer a request twice. A final that is marked as new, or that follows
        partials with words, is not a repetition.
        """
        if not final.text or final.is_new or self._has_words_since_final:
            return False
        end_ms = end_of(final)
        if end_ms is None:
            last = self._last_final
            return self._has_partials and last is not None and final.text == last.text
        return end_ms <= self._confirmed_ms and any(
            final.text == known.text for known in self._finals
        )

    def _confirm_by_times(self, *, sent_ms: float) -> None:
        """Confirm the speech up to the end of the last final, if its end time is plausible."""
        end_ms = end_of(self._finals[-1])
        if end_ms is not None and end_ms <= sent_ms + _ROUNDED_UP_MS:
            self.confirm(end_ms)

    def _enrich(self, segment: int, event: FinalEnriched, *, sent_ms: float) -> None:
        known = segment < len(self._session_finals)
        index = self._session_finals[segment] if known else None
        if index is None:
            return
        final = self._finals[index]
        self._finals[index] = replace(
            final, words=event.words or final.words, language=event.language or final.language
        )
        if event.entities:
            self._entities[index] = event.entities
        if index == len(self._finals) - 1:
            self._confirm_by_times(sent_ms=sent_ms)

"""Decides whether the speaker's turn is over, by the audio, the service's text and the house.

The module does no I/O and reads no clock. It gets the time as an argument. ``Turn`` judges the
audio. The text of the lead, the transcription whose text counts, decides how long the pause may be.
"""

from typing import Final

from ..endpointing import Ending, SilenceRule, Turn
from ..house import Completeness
from .coverage import covers
from .interpretations import Interpretations
from .replay_buffer import ReplayBuffer, offset_at
from .transcription import Transcription

__all__ = ["EndOfTurn"]

_WORTH_WAITING_S: Final = 0.3
"""How long to wait for an interpretation if the service ended the utterance, and the interpreter
does not repair texts. Such an interpretation usually takes 0.01 s."""

_ENDINGS_IN_A_PAUSE: Final = frozenset({Ending.SILENCE, Ending.PROVIDER})


class EndOfTurn:
    """The decision whether the turn of one utterance is over."""

    def __init__(
        self, turn: Turn, *, interpretations: Interpretations, replay_buffer: ReplayBuffer
    ) -> None:
        self._turn = turn
        self._interpretations = interpretations
        self._replay_buffer = replay_buffer
        settings = turn.settings
        self._asks_the_house = settings.asks_the_house
        self._pauses = {
            Completeness.COMPLETE: (settings.complete_silence_ms, SilenceRule.COMPLETE),
            Completeness.EXTENDABLE: (settings.extendable_silence_ms, SilenceRule.EXTENDABLE),
            Completeness.UNFINISHED: (settings.unfinished_silence_ms, SilenceRule.UNFINISHED),
            Completeness.UNKNOWN: (settings.silence_ms, SilenceRule.NO_COMMAND),
        }

    def decide(self, lead: Transcription, *, now: float) -> Ending | None:
        """Return what ends the utterance now, or None if it goes on."""
        turn = self._turn
        ending = turn.ending(provider_ends_turns=lead.candidate.ends_turns and lead.is_well)
        if ending is None:
            return None
        if ending is Ending.SILENCE and self._service_found_no_words(lead):
            turn.reset_speech()
            return None
        return None if self._holds(ending, lead, now=now) else ending

    def weigh_pause(self, lead: Transcription, *, now: float) -> None:
        """Limit the length of the present pause, if the text contains all speech so far.

        The limit depends on the completeness of the text.
        """
        turn, transcript = self._turn, lead.transcript
        end_ms = turn.voice_end_ms
        if not self._asks_the_house or end_ms is None or transcript.has_open_partial:
            return
        is_flushed = turn.flush_sent_ms >= end_ms
        if lead.can_flush and not is_flushed:
            return
        if not covers(transcript, offset_at(end_ms)):
            return
        until = offset_at(turn.flush_sent_ms) if is_flushed else self._replay_buffer.end
        self._interpretations.ask(lead, until=until, now=now)
        answer = self._interpretations.of(transcript.text)
        if answer:
            turn.limit_pause(*self._pauses[answer.completeness])

    def _service_found_no_words(self, lead: Transcription) -> bool:
        """Return whether the service transcribed the audio and found no word, as after a cough."""
        transcript = lead.transcript
        return 0 < self._turn.flush_sent_ms <= transcript.confirmed_ms and not transcript.text

    def _holds(self, ending: Ending, lead: Transcription, *, now: float) -> bool:
        """Return whether to continue a turn although silence or the service ended it.

        The turn continues while the text is being interpreted, if the result would wait for the
        interpretation anyway. If the service ended the turn, the turn also continues if the text is
        an unfinished command.
        """
        if ending not in _ENDINGS_IN_A_PAUSE or not self._asks_the_house:
            return False
        text, is_by_service = lead.transcript.text, ending is Ending.PROVIDER
        answer = self._interpretations.of(text)
        if answer is None:
            interpreter = lead.candidate.interpreter
            if interpreter and interpreter.repairs:
                return now < self._interpretations.due(text)
            return is_by_service and now < self._interpretations.due(text, limit_s=_WORTH_WAITING_S)
        if not is_by_service or answer.completeness is not Completeness.UNFINISHED:
            return False
        self._turn.continue_after_segment()
        return True

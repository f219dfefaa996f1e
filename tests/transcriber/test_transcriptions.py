"""``Transcriptions``: which transcription leads, which is complete, and which covers the speech."""

from itertools import count

import pytest

from machines import UNHURRIED, WORD
from wyoming_bridge.errors import ServiceError
from wyoming_bridge.events import (
    FinalText,
    Finished,
    PartialText,
    SessionEvent,
    SessionStarted,
)
from wyoming_bridge.transcriber import Candidate
from wyoming_bridge.transcriber.replay_buffer import ReplayBuffer
from wyoming_bridge.transcriber.transcription import Transcription
from wyoming_bridge.transcriber.transcriptions import Transcriptions

BEGAN = 50.0
BROKEN = ServiceError("broken")


class Tried:
    """Three profiles that were tried with one word. Their first sessions have the numbers 1 to 3.

    A test chooses the events of each session.
    """

    def __init__(self) -> None:
        buffer, numbers = ReplayBuffer(), count(1)
        buffer.append(WORD)
        self.each = [
            Transcription(
                Candidate(profile=name, provider=name, new_session=None, limits=UNHURRIED),
                replay_buffer=buffer,
                commands=[],
                numbers=numbers,
            )
            for name in "abc"
        ]
        first, *others = self.each
        self.transcriptions = Transcriptions(first)
        for each in others:
            self.transcriptions.add(each)
        for each in self.each:
            each.start(now=BEGAN)

    def event(self, number: int, *events: SessionEvent) -> None:
        for event in events:
            self.each[number - 1].take(number, event, now=BEGAN)

    def give_up(self, *numbers: int) -> None:
        for number in numbers:
            self.each[number - 1].sessions.give_up(BROKEN)

    def profile(self, transcription: Transcription | None) -> str | None:
        return transcription.candidate.profile if transcription else None

    @property
    def lead(self) -> str | None:
        return self.profile(self.transcriptions.lead)

    @property
    def complete(self) -> str | None:
        return self.profile(self.transcriptions.complete)


def test_the_first_profile_leads_while_no_session_works() -> None:
    assert Tried().lead == "a"


def test_the_first_profile_with_a_working_session_leads() -> None:
    tried = Tried()

    tried.event(3, SessionStarted())
    assert tried.lead == "c"
    tried.event(2, SessionStarted())
    assert tried.lead == "b"
    tried.event(1, SessionStarted())
    assert tried.lead == "a"


@pytest.mark.parametrize(("failed", "lead"), [((1,), "b"), ((1, 2), "c"), ((1, 2, 3), "c")])
def test_a_profile_that_failed_leads_only_if_all_have_failed(
    failed: tuple[int, ...], lead: str
) -> None:
    tried = Tried()

    tried.give_up(*failed)

    assert tried.lead == lead


def test_the_first_complete_transcription_with_words_wins() -> None:
    tried = Tried()
    tried.event(2, SessionStarted(), FinalText(text="on"))
    assert tried.complete is None

    tried.event(3, SessionStarted(), FinalText(text="off"), Finished())
    assert tried.complete == "c"
    tried.event(2, Finished())
    assert tried.complete == "b"


def test_a_transcription_without_words_wins_only_if_no_other_one_has_words() -> None:
    tried = Tried()
    tried.event(1, SessionStarted(), Finished())
    assert tried.complete == "a"

    tried.event(2, SessionStarted(), PartialText(text="on"))
    tried.give_up(2)

    assert tried.complete is None


def test_the_newest_transcription_that_covers_the_speech_is_found() -> None:
    tried = Tried()
    assert tried.transcriptions.newest_that_covers(len(WORD)) is None

    tried.event(1, SessionStarted(), PartialText(text="on", end_ms=200))
    tried.event(2, SessionStarted(), PartialText(text="on", end_ms=200))
    tried.event(3, SessionStarted(), PartialText(text="o", end_ms=50))

    assert tried.profile(tried.transcriptions.newest_that_covers(len(WORD))) == "b"


def test_audio_is_needed_from_where_the_slowest_session_has_got_it() -> None:
    tried = Tried()
    tried.event(1, SessionStarted())
    tried.event(2, SessionStarted())
    assert tried.transcriptions.needed_from == 0

    tried.event(3, SessionStarted())

    assert tried.transcriptions.needed_from > 0


def test_an_open_session_is_found_by_its_number() -> None:
    tried = Tried()

    transcription, attempt = tried.transcriptions.find(2)
    assert (tried.profile(transcription), attempt.number) == ("b", 2)
    tried.give_up(2)

    assert tried.transcriptions.find(2) is None


def test_the_profiles_are_in_the_order_in_which_they_were_tried() -> None:
    tried = Tried()
    transcriptions = tried.transcriptions

    assert [tried.profile(each) for each in transcriptions.all] == ["a", "b", "c"]
    assert tried.profile(transcriptions.first) == "a"
    assert tried.profile(transcriptions.newest) == "c"
    assert [tried.profile(each) for each in transcriptions.before(tried.each[2])] == ["a", "b"]
    assert (len(transcriptions.all), transcriptions.connections) == (3, 3)

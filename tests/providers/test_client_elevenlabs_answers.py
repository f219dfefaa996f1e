"""The ElevenLabs client: the two answers to a commit, their words, and the errors."""

import json
import math
from collections.abc import Callable
from itertools import product

import pytest

from elevenlabs_clients import SECOND, happened, ready
from wyoming_bridge.errors import (
    AuthenticationError,
    QuotaError,
    RateLimitedError,
    RemoteError,
    ServiceError,
    ServiceRequestError,
    TermsError,
)
from wyoming_bridge.events import (
    Failed,
    FinalEnriched,
    FinalText,
    Finished,
    SessionEvent,
    State,
    Warned,
    Word,
    WordKind,
)
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.elevenlabs.client import ElevenLabsClient
from wyoming_bridge.providers.elevenlabs.messages import ErrorKind, ErrorMessage
from wyoming_bridge.providers.elevenlabs.transcripts import (
    CommittedTranscript,
    CommittedTranscriptWithTimestamps,
    TimedWord,
)

WORDS = (
    TimedWord(text="turn", start=0.5, end=0.75, logprob=math.log(0.5)),
    TimedWord(text=" ", type="spacing", start=0.75, end=0.8, logprob=0.0),
    TimedWord(text="on", start=0.8, end=1.0, logprob=0.0, speaker_id="speaker_0"),
)

ERRORS: dict[ErrorKind, type[RemoteError]] = {
    ErrorKind.ERROR: ServiceError,
    ErrorKind.AUTH_ERROR: AuthenticationError,
    ErrorKind.QUOTA_EXCEEDED: QuotaError,
    ErrorKind.COMMIT_THROTTLED: ServiceError,
    ErrorKind.UNACCEPTED_TERMS: TermsError,
    ErrorKind.RATE_LIMITED: RateLimitedError,
    ErrorKind.QUEUE_OVERFLOW: RateLimitedError,
    ErrorKind.RESOURCE_EXHAUSTED: RateLimitedError,
    ErrorKind.SESSION_TIME_LIMIT_EXCEEDED: ServiceError,
    ErrorKind.INPUT_ERROR: ServiceRequestError,
    ErrorKind.INVALID_REQUEST: ServiceRequestError,
    ErrorKind.CHUNK_SIZE_EXCEEDED: ServiceRequestError,
    ErrorKind.INSUFFICIENT_AUDIO_ACTIVITY: ServiceError,
    ErrorKind.TRANSCRIBER_ERROR: ServiceError,
}

Write = Callable[[str], str]


def plain(text: str) -> str:
    return CommittedTranscript(text=text).to_json()


def timed(text: str) -> str:
    return CommittedTranscriptWithTimestamps(text=text, language_code="en", words=WORDS).to_json()


class TestTwoAnswers:
    def finals(self, *messages: str) -> list[SessionEvent]:
        """Return the events for committed transcripts that arrive at the same time."""
        client = ready()
        for message in messages:
            client.receive_message(message, now=0.0)
        return happened(client)

    def test_the_first_transcript_is_the_final_text_and_the_one_with_times_adds_words(self) -> None:
        final, enriched = self.finals(plain("turn on"), timed("turn on"))
        assert final == FinalText(text="turn on")
        assert enriched == FinalEnriched(
            segment=0,
            language="en",
            words=(
                Word(text="turn", start_ms=500, end_ms=750, confidence=pytest.approx(0.5)),
                Word(text=" ", start_ms=750, end_ms=800, confidence=1.0, kind=WordKind.SPACING),
                Word(text="on", start_ms=800, end_ms=1000, confidence=1.0, speaker="speaker_0"),
            ),
        )

    def test_the_transcript_with_times_may_arrive_first(self) -> None:
        [final] = self.finals(timed("turn on"), plain("turn on"))
        assert isinstance(final, FinalText)
        assert (final.text, final.language, len(final.words)) == ("turn on", "en", 3)
        assert (final.start_ms, final.end_ms) == (500, 1000)

    def test_an_enrichment_names_its_segment(self) -> None:
        events = self.finals(plain("a"), plain("b"), timed("a"), plain("c"), timed("b"), timed("c"))
        assert [e.text for e in events if isinstance(e, FinalText)] == ["a", "b", "c"]
        assert [e.segment for e in events if isinstance(e, FinalEnriched)] == [0, 1, 2]

    @pytest.mark.parametrize("reversed_at", list(product([False, True], repeat=3)))
    def test_each_pair_may_arrive_in_either_order(self, reversed_at: tuple[bool, ...]) -> None:
        orders = {False: (plain, timed), True: (timed, plain)}
        pairs = zip("abc", reversed_at, strict=True)
        events = self.finals(*(kind(text) for text, way in pairs for kind in orders[way]))
        assert [e.text for e in events if isinstance(e, FinalText)] == ["a", "b", "c"]
        # If the transcript with times arrives first, the plain one adds nothing.
        added_to = [segment for segment, way in enumerate(reversed_at) if not way]
        assert [e.segment for e in events if isinstance(e, FinalEnriched)] == added_to

    def test_the_finish_waits_for_the_second_answer(self) -> None:
        client = ready()
        client.send_audio(SECOND, now=0.0)
        client.finish(now=0.0)
        client.receive_message(plain("hi"), now=5.0)
        assert client.state is State.FINISHING
        assert client.next_timeout() == pytest.approx(5.25)
        client.receive_message(timed("hi"), now=5.02)
        assert client.state is State.CLOSED
        assert client.next_timeout() is None

    def test_the_finish_waits_for_at_most_the_grace_time(self) -> None:
        client = ready()
        client.send_audio(SECOND, now=0.0)
        client.finish(now=0.0)
        client.receive_message(timed("hi"), now=5.0)
        client.handle_timeout(now=5.24)
        assert client.state is State.FINISHING
        client.handle_timeout(now=5.25)
        assert client.state is State.CLOSED
        assert happened(client)[-1] == Finished()

    def test_a_finish_within_the_grace_time_completes_at_its_end(self) -> None:
        client = ready()
        client.send_audio(SECOND, now=0.0)
        client.flush("1", now=0.0)
        client.receive_message(plain("hi"), now=1.0)
        client.finish(now=1.1)
        assert client.state is State.FINISHING
        client.handle_timeout(now=1.25)
        assert client.state is State.CLOSED

    def test_the_finish_waits_for_every_unanswered_commit(self) -> None:
        client = ready()
        for flush_id in ("1", "2"):
            client.send_audio(SECOND, now=0.0)
            client.flush(flush_id, now=0.0)
        client.finish(now=0.0)
        client.receive_message(plain("a"), now=0.0)
        client.receive_message(timed("a"), now=0.0)
        assert client.state is State.FINISHING
        client.receive_message(plain("b"), now=0.0)
        client.receive_message(timed("b"), now=0.0)
        assert client.state is State.CLOSED

    @pytest.mark.parametrize(
        ("first", "second", "added_to"), [(plain, timed, [1]), (timed, plain, [])]
    )
    def test_a_missing_second_answer_does_not_shift_the_answers_after_it(
        self, first: Write, second: Write, added_to: list[int]
    ) -> None:
        client = ready()
        client.receive_message(first("a"), now=0.0)
        client.handle_timeout(now=0.25)
        client.receive_message(first("b"), now=1.0)
        client.receive_message(second("b"), now=1.0)
        events = happened(client)
        assert [e.text for e in events if isinstance(e, FinalText)] == ["a", "b"]
        assert [e.segment for e in events if isinstance(e, FinalEnriched)] == added_to

    @pytest.mark.parametrize(
        ("first", "second", "reported"),
        [(plain, timed, [FinalText, FinalEnriched]), (timed, plain, [FinalText])],
    )
    def test_a_second_answer_after_the_grace_time_is_not_another_final_text(
        self, first: Write, second: Write, reported: list[type[SessionEvent]]
    ) -> None:
        client = ready()
        client.receive_message(first("a"), now=0.0)
        client.handle_timeout(now=0.25)
        client.receive_message(second("a"), now=0.3)
        events = happened(client)
        assert [type(event) for event in events] == reported
        assert client.next_timeout() == 8.0  # only the next keepalive is due

    def test_a_service_may_always_send_one_answer_only(self) -> None:
        client = ready()
        for number in range(100):
            client.receive_message(plain(f"{number}"), now=float(number))
            client.handle_timeout(now=number + 0.5)
        assert [e.text for e in happened(client) if isinstance(e, FinalText)] == [
            f"{number}" for number in range(100)
        ]


class TestWords:
    def word(self, word: TimedWord) -> Word:
        client = ready()
        message = CommittedTranscriptWithTimestamps(text="x", words=(word,))
        client.receive_message(message.to_json(), now=0.0)
        [final] = happened(client)
        assert isinstance(final, FinalText)
        return final.words[0]

    def test_a_spoken_word_has_no_space_around_it(self) -> None:
        assert self.word(TimedWord(text=" hi ")) == Word(text="hi")

    @pytest.mark.parametrize("kind", list(WordKind))
    def test_each_kind_of_entry_is_known(self, kind: WordKind) -> None:
        assert self.word(TimedWord(text="x", type=kind)).kind is kind

    def test_an_entry_of_an_unknown_kind_is_a_word(self) -> None:
        assert self.word(TimedWord(text="x", type="sneeze")).kind is WordKind.WORD

    @pytest.mark.parametrize(
        ("logprob", "confidence"),
        [(0.0, 1.0), (-0.5, math.exp(-0.5)), (0.3, 1.0), (None, None)],
    )
    def test_a_logarithm_is_converted_to_a_probability(
        self, logprob: float | None, confidence: float | None
    ) -> None:
        assert self.word(TimedWord(text="x", logprob=logprob)).confidence == confidence

    @pytest.mark.parametrize(
        ("number", "problem"),
        [
            (math.nan, "start must be a number, got NaN"),
            (math.inf, "start must be a number from -2**53 to 2**53, got a number out of"),
            (-math.inf, "start must be a number from -2**53 to 2**53, got a number out of"),
            (1e306, "start must be a number from -2**53 to 2**53, got a number out of"),
        ],
    )
    def test_an_impossible_number_is_left_out_with_a_warning(
        self, number: float, problem: str
    ) -> None:
        client = ready()
        word = TimedWord(text="x", start=number, end=number, logprob=number)
        message = CommittedTranscriptWithTimestamps(text="x", words=(word,))
        client.receive_message(message.to_json(), now=0.0)
        [final, warned] = happened(client)
        assert final == FinalText(text="x", words=(Word(text="x"),))
        assert isinstance(warned, Warned)
        assert problem in warned.text


class TestErrors:
    @pytest.mark.parametrize(
        ("kind", "error"),
        list(ERRORS.items()),
    )
    def test_each_kind_of_error_is_mapped_in_both_of_its_forms(
        self, kind: ErrorKind, error: type[RemoteError]
    ) -> None:
        own = json.dumps({"message_type": kind, "error": kind})
        general = json.dumps({"message_type": "error", "error": kind})
        for message in (own, general):
            client = ready()
            client.receive_message(message, now=0.0)
            [failed] = happened(client)
            assert isinstance(failed, Failed)
            assert type(failed.error) is error
            assert str(failed.error) == f"elevenlabs: {kind}"

    def test_the_table_above_has_each_kind_of_error(self) -> None:
        assert set(ERRORS) == set(ErrorKind)

    @pytest.mark.parametrize(
        ("words", "said"),
        [("the reason", "auth_error: the reason"), ("", "auth_error"), (None, "auth_error")],
    )
    def test_the_errors_text_has_the_code_and_then_the_services_text(
        self, words: str | None, said: str
    ) -> None:
        client = ready()
        client.receive_message(json.dumps({"message_type": "auth_error", "error": words}), now=0.0)
        [failed] = happened(client)
        assert isinstance(failed, Failed)
        assert failed.error.message == said

    def test_an_error_may_be_sent_instead_of_the_greeting(self) -> None:
        client = ElevenLabsClient(ElevenLabsSettings())
        client.connect()
        client.receive_open(now=0.0)
        client.receive_message(
            ErrorMessage(kind=ErrorKind.INVALID_REQUEST, error="no").to_json(), now=0.0
        )
        assert client.state is State.ERROR

    @pytest.mark.parametrize(
        "kind", [ErrorKind.COMMIT_THROTTLED, ErrorKind.INSUFFICIENT_AUDIO_ACTIVITY]
    )
    def test_after_the_last_commit_an_error_without_speech_finishes_the_session(
        self, kind: ErrorKind
    ) -> None:
        client = ready()
        client.send_audio(SECOND, now=0.0)
        client.finish(now=0.0)
        client.receive_message(ErrorMessage(kind=kind, error="nothing").to_json(), now=0.0)
        client.receive_close(code=1000, reason=kind)
        assert happened(client) == [Warned(text=f"{kind}: nothing"), Finished()]
        assert client.state is State.CLOSED

    @pytest.mark.parametrize(
        "kind",
        sorted(
            set(ErrorKind) - {ErrorKind.COMMIT_THROTTLED, ErrorKind.INSUFFICIENT_AUDIO_ACTIVITY}
        ),
    )
    def test_every_other_error_after_the_last_commit_fails_the_session(
        self, kind: ErrorKind
    ) -> None:
        client = ready()
        client.send_audio(SECOND, now=0.0)
        client.finish(now=0.0)
        client.receive_message(ErrorMessage(kind=kind, error="no").to_json(), now=0.0)
        assert client.state is State.ERROR

"""The commits of the ElevenLabs client, and the flushes that they answer, in both strategies."""

import base64
import json

import pytest

from elevenlabs_clients import SECOND, STARTED, answer, happened, partial, ready
from wyoming_bridge.errors import ServiceError
from wyoming_bridge.events import (
    Failed,
    FinalText,
    Finished,
    FlushDone,
    State,
    Warned,
)
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.elevenlabs.client import ElevenLabsClient
from wyoming_bridge.providers.elevenlabs.messages import ErrorKind, ErrorMessage

VAD = ElevenLabsSettings(
    language="nl", include_timestamps=False, commit_strategy="vad", token="right"
)
MANUAL = ElevenLabsSettings(language="nl", include_timestamps=False)


def sent(client: ElevenLabsClient) -> list[tuple[int, bool]]:
    """Return the duration of each chunk in milliseconds, and whether it is a commit."""
    chunks = [json.loads(message) for message in client.messages_to_send()]
    return [(len(base64.b64decode(c["audio_base_64"])) // 32, c["commit"]) for c in chunks]


class TestVadCommits:
    def test_the_services_own_commit_does_not_end_a_session_that_is_finishing(self) -> None:
        client = ready(VAD)
        client.send_audio(SECOND, now=0.0)
        client.finish(now=1.0)
        answer(client, "its own", now=1.1)
        assert client.state is State.FINISHING
        answer(client, "ours", now=1.4)
        client.handle_timeout(now=2.3)
        assert client.state is State.FINISHING
        assert client.next_timeout() == pytest.approx(2.4)
        client.handle_timeout(now=2.4)

        assert happened(client) == [FinalText(text="its own"), FinalText(text="ours"), Finished()]

    def test_a_flush_is_done_after_a_second_without_answers(self) -> None:
        client = ready(VAD)
        client.send_audio(SECOND, now=0.0)
        client.flush("1", now=1.0)
        answer(client, "its own", now=1.1)
        answer(client, "ours", now=1.4)
        assert happened(client) == [FinalText(text="its own"), FinalText(text="ours")]
        client.handle_timeout(now=2.4)

        assert happened(client) == [FlushDone(flush_id="1")]
        assert client.state is State.CONNECTED

    def test_the_end_of_another_wait_completes_no_flush(self) -> None:
        client = ready(ElevenLabsSettings(commit_strategy="vad"))
        client.send_audio(SECOND, now=0.0)
        client.flush("1", now=1.0)
        answer(client, "its own", now=1.1)
        client.handle_timeout(now=1.35)  # the second answer to the service's commit is missing
        assert happened(client) == [FinalText(text="its own")]
        client.handle_timeout(now=2.1)

        assert happened(client) == [FlushDone(flush_id="1")]

    def test_a_flush_is_done_although_the_user_continues_to_speak(self) -> None:
        client = ready(VAD)
        client.send_audio(SECOND, now=0.0)
        client.flush("1", now=1.0)
        answer(client, "a", now=1.4)
        for tenth in range(15, 24):
            partial(client, f"b {tenth}", now=tenth / 10)
        client.handle_timeout(now=2.4)

        assert FlushDone(flush_id="1") in happened(client)

    def test_the_answer_to_a_flush_does_not_complete_the_next_one(self) -> None:
        client = ready(VAD)
        client.send_audio(SECOND, now=0.0)
        client.flush("1", now=1.0)
        answer(client, "a", now=1.4)
        client.send_audio(SECOND, now=1.5)
        client.flush("2", now=2.0)
        client.handle_timeout(now=2.4)
        assert happened(client) == [FinalText(text="a"), FlushDone(flush_id="1")]
        answer(client, "b", now=2.5)
        client.handle_timeout(now=3.5)

        assert happened(client) == [FinalText(text="b"), FlushDone(flush_id="2")]

    def test_the_end_waits_for_all_segments_of_a_file(self) -> None:
        client = ready(VAD)
        for _ in range(65):
            client.send_audio(SECOND, now=0.0)
        client.finish(now=0.0)
        for number in range(10):
            partial(client, f"{number}", now=1.5 * number + 0.7)
            client.handle_timeout(now=1.5 * number + 1.4)
            answer(client, f"{number}.", now=1.5 * number + 1.5)
        client.handle_timeout(now=16.0)
        events = happened(client)

        assert [e.text for e in events if isinstance(e, FinalText)] == [f"{n}." for n in range(10)]
        assert events[-1] == Finished()

    def test_a_late_answer_to_the_finish_counts(self) -> None:
        client = ready(VAD)
        client.send_audio(SECOND, now=0.0)
        client.finish(now=1.0)
        client.handle_timeout(now=11.0)
        answer(client, "a", now=12.0)
        client.handle_timeout(now=13.0)

        assert happened(client)[-2:] == [FinalText(text="a"), Finished()]

    def test_no_commit_is_too_short_if_the_service_also_commits(self) -> None:
        client = ready(VAD)
        for _ in range(30):
            client.send_audio(SECOND, now=0.0)
        chunks = sent(client)

        assert chunks == [*[(1000, False)] * 30, (300, True)]

    def test_thirty_seconds_count_from_the_services_own_commit(self) -> None:
        client = ready(VAD)
        client.send_audio(SECOND * 25, now=25.0)
        answer(client, "so far", now=25.0)
        client.send_audio(SECOND * 29, now=54.0)
        assert not any(is_commit for _, is_commit in sent(client))
        client.send_audio(SECOND, now=55.0)

        assert sent(client) == [(1000, False), (300, True)]

    def test_audio_before_the_services_own_commit_is_committed_at_the_end(
        self,
    ) -> None:
        """The service's own commit may not include this audio, so the client commits again."""
        client = ready(VAD)
        client.send_audio(SECOND, now=1.0)
        answer(client, "so far", now=1.0)
        client.messages_to_send()
        client.finish(now=1.0)

        assert sent(client) == [(300, True)]

    def test_a_keepalive_that_becomes_a_commit_is_not_too_short(self) -> None:
        client = ready(VAD)
        client.send_audio(SECOND * 29 + SECOND[: 32 * 950], now=0.0)
        client.messages_to_send()
        client.handle_timeout(now=8.0)

        assert sent(client) == [(400, True)]


class TestManualCommits:
    def test_flushes_before_the_session_has_started_are_kept(self) -> None:
        client = ElevenLabsClient(MANUAL)
        client.connect()
        client.send_audio(SECOND, now=0.0)
        client.flush("1", now=0.0)
        client.send_audio(SECOND, now=0.0)
        client.flush("2", now=0.0)
        client.receive_open(now=0.0)
        client.receive_message(STARTED, now=0.0)
        assert sent(client) == [(1000, False), (0, True)] * 2
        answer(client, "a", now=0.0)
        answer(client, "b", now=0.0)

        assert happened(client)[1:] == [
            FinalText(text="a"),
            FlushDone(flush_id="1"),
            FinalText(text="b"),
            FlushDone(flush_id="2"),
        ]

    def test_a_flush_right_after_a_commit_by_length_waits_for_that_commit(self) -> None:
        client = ready(MANUAL)
        client.send_audio(SECOND * 30, now=0.0)
        client.flush("1", now=0.0)
        assert sum(commit for _, commit in sent(client)) == 1
        assert happened(client) == []
        answer(client, "long", now=0.5)

        assert happened(client) == [FinalText(text="long"), FlushDone(flush_id="1")]


NOTHING = [ErrorKind.COMMIT_THROTTLED, ErrorKind.INSUFFICIENT_AUDIO_ACTIVITY]


class TestNothingToTranscribe:
    @pytest.mark.parametrize("kind", NOTHING)
    def test_the_error_completes_the_flush_of_the_last_commit(self, kind: ErrorKind) -> None:
        client = ready(MANUAL)
        client.send_audio(SECOND, now=0.0)
        client.flush("1", now=0.0)
        client.finish(now=0.0)
        client.receive_message(ErrorMessage(kind=kind, error="nothing").to_json(), now=0.1)

        assert happened(client) == [
            Warned(text=f"{kind}: nothing"),
            FlushDone(flush_id="1"),
            Finished(),
        ]

    @pytest.mark.parametrize("kind", NOTHING)
    def test_the_error_fails_the_session_while_an_earlier_commit_is_unanswered(
        self, kind: ErrorKind
    ) -> None:
        client = ready(MANUAL)
        client.send_audio(SECOND, now=0.0)
        client.flush("1", now=0.0)
        client.send_audio(SECOND, now=0.0)
        client.finish(now=0.0)
        client.receive_message(ErrorMessage(kind=kind, error="nothing").to_json(), now=0.1)
        [failed] = happened(client)

        assert isinstance(failed, Failed)
        assert type(failed.error) is ServiceError
        assert failed.error.retryable

    @pytest.mark.parametrize("kind", NOTHING)
    def test_the_error_fails_the_session_before_the_finish(self, kind: ErrorKind) -> None:
        client = ready(MANUAL)
        client.send_audio(SECOND, now=0.0)
        client.receive_message(ErrorMessage(kind=kind, error="nothing").to_json(), now=0.1)

        assert client.state is State.ERROR

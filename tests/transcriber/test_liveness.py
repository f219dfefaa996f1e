"""How long the service of one session was silent, and what the profile remembers of it."""

from wyoming_bridge.transcriber import AnswerTime
from wyoming_bridge.transcriber.liveness import Liveness

ANSWER_S = 3.0
SLOW_S = 4.0
QUICK_S = 0.1


def test_the_silence_before_an_answer_does_not_count_for_the_next_answer_too() -> None:
    answer_time = AnswerTime()
    liveness = Liveness(answer_timeout_s=ANSWER_S, alive_s=1.25, answer_time=answer_time, now=0.0)
    liveness.expect_answer(since=0.0)
    now = SLOW_S
    liveness.answered(now=now, owes_another=True)
    liveness.message_received(at=now)
    for _ in range(4):
        now += QUICK_S
        liveness.answered(now=now, owes_another=True)
        liveness.message_received(at=now)

    assert answer_time.patience_s(ANSWER_S) == ANSWER_S


def test_an_answer_is_not_expected_earlier_because_an_older_one_has_arrived() -> None:
    liveness = Liveness(answer_timeout_s=ANSWER_S, alive_s=1.25, answer_time=AnswerTime(), now=0.0)
    liveness.expect_answer(since=10.0)
    liveness.answered(now=1.0, owes_another=True)
    liveness.message_received(at=1.0)

    assert liveness.due == 10.0 + ANSWER_S

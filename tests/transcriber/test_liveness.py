"""How long the service of one session was silent, and what the profile remembers of it."""

from wyoming_bridge.transcriber import AnswerTime
from wyoming_bridge.transcriber.answer_time import Owed
from wyoming_bridge.transcriber.liveness import Liveness

ANSWER_S = 3.0
SLOW_S = 4.0
QUICK_S = 0.1


def a_liveness(answer_time: AnswerTime) -> Liveness:
    timeouts_s = dict.fromkeys(Owed, ANSWER_S)
    return Liveness(answer_timeouts_s=timeouts_s, alive_s=1.25, answer_time=answer_time, now=0.0)


def test_the_silence_before_an_answer_does_not_count_for_the_next_answer_too() -> None:
    answer_time = AnswerTime()
    liveness = a_liveness(answer_time)
    liveness.expect_answer(Owed.FLUSH, since=0.0)
    now = SLOW_S
    liveness.answered(now=now, owes_next=Owed.FLUSH)
    liveness.message_received(at=now)
    for _ in range(4):
        now += QUICK_S
        liveness.answered(now=now, owes_next=Owed.FLUSH)
        liveness.message_received(at=now)

    assert answer_time.patience_s(ANSWER_S, owed=Owed.FLUSH) == ANSWER_S


def test_an_answer_is_not_expected_earlier_because_an_older_one_has_arrived() -> None:
    liveness = a_liveness(AnswerTime())
    liveness.expect_answer(Owed.FLUSH, since=10.0)
    liveness.answered(now=1.0, owes_next=Owed.FLUSH)
    liveness.message_received(at=1.0)

    assert liveness.due == 10.0 + ANSWER_S

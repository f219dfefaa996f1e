"""Which failed sessions count, so that a service gets only so many for one utterance."""

from dataclasses import dataclass

import pytest

from wyoming_bridge.errors import ConnectionLostError, ErrorText
from wyoming_bridge.transcriber import AnswerTime, Limits
from wyoming_bridge.transcriber.patience import Patience

SESSIONS = 3


@dataclass
class Ended:
    """A session that has ended soon after it was ready."""

    ready_at: float = 10.0
    replayed_s: float = 1.5


@pytest.mark.parametrize(("code", "counts"), [("1000", True), ("1001", False), ("None", False)])
def test_a_session_that_the_service_closes_on_purpose_counts_and_a_broken_one_does_not(
    code: str, *, counts: bool
) -> None:
    patience = Patience(Limits(connections=SESSIONS), answer_time=AnswerTime())
    error = ConnectionLostError(
        ErrorText.CLOSED_WITH_CODE, provider="p", code=code, state="finishing"
    )

    delays = [patience.delay_after(error, attempt=Ended(), now=10.2) for _ in range(SESSIONS)]

    assert None not in delays[:-1]
    assert (delays[-1] is None) is counts

"""The values that an error has in addition to its message."""

from wyoming_bridge.errors import ConnectError, MediaError, MediaProblem, RateLimitedError


def test_an_error_has_the_time_to_wait_or_none() -> None:
    assert RateLimitedError("slow down", retry_after_s=2.5).retry_after_s == 2.5
    assert ConnectError("gone").retry_after_s is None
    assert MediaError("gone").retry_after_s is None


def test_a_copy_with_another_message_keeps_all_other_values() -> None:
    error = RateLimitedError("bad t0ken", provider="reson8", retry_after_s=2, status="429")
    other = error.with_message("bad\n***")

    assert type(other) is RateLimitedError
    assert str(other) == "reson8: bad ***"
    assert (other.retry_after_s, other.placeholders) == (2, {"status": "429"})
    assert str(error) == "reson8: bad t0ken"
    media = MediaError("x", problem=MediaProblem.STALLED).with_message("y")
    assert (media.problem, media.message) == (MediaProblem.STALLED, "y")

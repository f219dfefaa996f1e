"""A message that cannot be read may have been a final text only if one was still due."""

from wyoming_bridge.providers.lost_final import LostFinal


def with_skipped_message() -> LostFinal:
    """Return the case in which a final text may be lost: open text, and a skipped message."""
    lost = LostFinal()
    lost.partial("lights")
    lost.requested()
    lost.skipped()
    return lost


def test_a_skipped_message_after_a_partial_text_may_have_been_its_final_text() -> None:
    assert with_skipped_message().is_possible


def test_nothing_is_lost_if_no_text_was_open() -> None:
    lost = LostFinal()
    lost.partial("lights")
    lost.partial("")
    lost.requested()
    lost.skipped()

    assert not lost.has_open_text
    assert not lost.is_possible


def test_a_final_text_after_the_skipped_message_shows_that_nothing_is_lost() -> None:
    lost = with_skipped_message()
    lost.final()

    assert not lost.has_open_text
    assert not lost.is_possible


def test_a_message_that_is_skipped_after_the_answer_was_not_the_answer() -> None:
    lost = LostFinal()
    lost.requested()
    lost.final()
    lost.partial("off")
    lost.skipped()

    assert not lost.is_possible
    lost.requested()
    assert lost.is_possible

"""How the tests find an example on a page of the documentation."""

import pytest

from examples_of_docs import example_after

TEXT = (
    "First:\n\n```yaml\na: 1\n```\n\n"
    "This shows one\n  utterance (all of it):\n\n```yaml\nb: 2\n```\n"
)


def test_an_example_is_found_although_its_sentence_has_line_breaks() -> None:
    assert example_after(TEXT, "shows one utterance (all of it)") == "b: 2"
    assert example_after(TEXT, "First") == "a: 1"


def test_a_sentence_that_the_page_does_not_have_is_an_error() -> None:
    with pytest.raises(AssertionError, match="does not say: shows two"):
        example_after(TEXT, "shows two")

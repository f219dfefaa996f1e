"""The texts of errors that Home Assistant translates, in the package and in the integration."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import wyoming_bridge
from wyoming_bridge.errors import ConnectError, ErrorText

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 14), reason="the integration's code has the syntax of Python 3.14"
)

PACKAGE = Path(wyoming_bridge.__file__).parent
ROOT = PACKAGE.parent
FILES = sorted(
    [*PACKAGE.rglob("*.py"), *(ROOT / "custom_components" / "wyoming_bridge").glob("*.py")]
)

_NOT_PLACEHOLDERS = {"provider", "retry_after_s", "problem"}


def uses() -> Iterator[tuple[str, ErrorText]]:
    """Yield each use of an ``ErrorText``: its place in the code, and the text."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "ErrorText":
                yield f"{path.relative_to(ROOT)}:{node.lineno}", ErrorText[node.attr]


def raised() -> Iterator[tuple[str, ErrorText, set[str]]]:
    """Yield each error that is created from an ``ErrorText``.

    An entry has the place in the code, the text, and the names of the values.
    """
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith("Error"):
                continue
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Attribute) and ast.unparse(first.value) == "ErrorText":
                names = {each.arg for each in node.keywords if each.arg}
                where = f"{path.relative_to(ROOT)}:{node.lineno}"
                yield where, ErrorText[first.attr], names - _NOT_PLACEHOLDERS


def test_each_text_is_used() -> None:
    assert {text for _, text in uses()} == set(ErrorText)


def test_an_error_with_a_text_has_the_values_of_its_placeholders() -> None:
    errors = list(raised())

    assert len(errors) > 20
    assert [where for where, text, names in errors if not text.placeholders <= names] == []


@pytest.mark.parametrize("text", ErrorText)
def test_a_text_is_one_line_with_a_key(text: ErrorText) -> None:
    assert text.value.isprintable()
    assert text.key == text.name.lower()


def test_a_value_cannot_break_the_line() -> None:
    error = ConnectError(ErrorText.CONNECTION_REFUSED, place="a\nb\x1b[2J")

    assert error.placeholders == {"place": "a b [2J"}
    assert error.message == "a b [2J refuses connections"


def test_a_secret_is_masked_in_the_message_and_in_the_values() -> None:
    error = ConnectError(ErrorText.SERVICE_SAYS, answer="bad key s3cret").without("s3cret")

    assert (error.message, error.placeholders["answer"]) == ("bad key ***", "bad key ***")


def test_another_message_has_no_text_that_would_contradict_it() -> None:
    error = ConnectError(ErrorText.CONNECTION_REFUSED, place="host")

    assert error.with_message("something else").text is None

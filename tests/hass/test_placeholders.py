"""The values in translated texts are names, numbers and symbols, and never English sentences."""

import ast
import re
from collections.abc import Iterator

import pytest

from custom_components.wyoming_bridge.bridge import BridgeError, ErrorText, StateError
from custom_components.wyoming_bridge.failures import recordings_unusable
from texts import INTEGRATION, placeholders, texts_in

KINDS = {
    "a name that the user or a bridge has given": {
        *("account", "available", "entity", "entry", "fallback", "maker", "model"),
        *("name", "profile", "server"),
    },
    "an id": {"newest", "utterance"},
    "an address": {
        *("folder", "file", "host", "media", "new", "old", "path", "place", "proxy", "target"),
        "key_url",
    },
    "a number, a time or a version": {
        *("days", "keep", "limit", "needed", "number", "seconds", "sent", "status", "time"),
        *("value", "version"),
    },
    "a symbol or a code": {"code", "languages", "reason", "scheme", "wrong"},
    "the name of a setting": {"setting"},
    "the quoted answer of a service": {"answer"},
}
"""The placeholders of all texts, by the kind of their values. Ranges, defaults and limits of
settings, which the forms show, are not listed."""

OF_SETTINGS = re.compile(r"\w+_(range|default|terms|characters)")

SENTENCES = {"message", "with_advice", "advice", "why_ended", "strerror"}
"""Names of attributes whose values are English sentences."""


@pytest.mark.parametrize("language", ["en", "nl", "de", "fr"])
def test_each_placeholder_has_a_value_of_a_known_kind(language: str) -> None:
    known = set().union(*KINDS.values())
    used = {name.strip("{}") for text in texts_in(language).values() for name in placeholders(text)}

    assert {name for name in used if not OF_SETTINGS.fullmatch(name)} == known


def values_of_texts() -> Iterator[tuple[str, ast.expr]]:
    """Yield the place in the code and the expression of each value for a translated text."""
    for path in sorted(INTEGRATION.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            where = f"{path.name}:{getattr(node, 'lineno', 0)}"
            match node:
                case ast.Call(func=ast.Name(id="invalid"), keywords=keywords):
                    yield from ((where, each.value) for each in keywords)
                case ast.keyword(arg=str(name), value=value) if "placeholders" in name:
                    yield where, value
                case ast.Dict(keys=keys, values=values):
                    for key, value in zip(keys, values, strict=True):
                        if isinstance(key, ast.Constant) and "placeholders" in str(key.value):
                            yield where, value
                case ast.Call(func=ast.Attribute(attr="_create" | "_update"), args=args):
                    yield from ((where, each) for each in args)
                case _:
                    pass


def test_no_value_of_a_text_is_the_english_message_of_an_error() -> None:
    values = list(values_of_texts())
    wrong = [
        f"{where}: {ast.unparse(value)}"
        for where, value in values
        for node in ast.walk(value)
        if (isinstance(node, ast.Attribute) and node.attr in SENTENCES)
        or (isinstance(node, ast.Call) and ast.unparse(node) in {"str(error)", "str(err)"})
    ]

    assert len(values) > 25
    assert wrong == []


@pytest.mark.parametrize("text", [each for each in ErrorText if each.name.startswith("PATH_")])
def test_recordings_that_cannot_be_used_have_the_text_of_the_error(text: ErrorText) -> None:
    error = StateError(text, setting="recorder", path="/recordings", reason="EIO")

    translation = recordings_unusable(error)

    assert translation["translation_key"] == text.key
    assert translation["translation_placeholders"]["reason"] == "EIO"


def test_a_message_without_a_translation_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    translation = recordings_unusable(BridgeError("the file is broken in the middle"))

    assert translation["translation_key"] == "recordings_unusable"
    assert translation["translation_placeholders"] == {"code": "bridge_error"}
    assert "the file is broken in the middle" in caplog.text

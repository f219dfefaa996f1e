"""The errors that a bridge reports, as a client sees them."""

from collections.abc import Iterator, Mapping
from typing import Final

from ..errors import BridgeError, ErrorText, RemoteError, one_line
from ..json_fields import JsonFields

__all__ = ["error_in", "error_of"]

_TEXTS: Final = {text.key: text for text in ErrorText}


def error_of(data: Mapping[str, object]) -> BridgeError:
    """Return the error in the data of an ``error``.

    Raises:
        ProtocolViolationError: A required field is missing, or a field has the wrong type.
    """
    return error_in(JsonFields(data, provider="the bridge"))


def error_in(error: JsonFields) -> BridgeError:
    """Return the error that a bridge reported, as an instance of the class with the same code."""
    code, message = error.optional_text("code"), error.text("text")
    kind: type[BridgeError] = next(
        (each for each in _classes(BridgeError) if each.code == code), RemoteError
    )
    # The bridge appended the advice, which ``with_advice`` would append again.
    message = message.removesuffix(f". {kind.advice}") if kind.advice else message
    reported = kind(message)
    key, values = error.raw("text_key"), error.raw("placeholders")
    text = _TEXTS.get(key) if isinstance(key, str) else None
    # A newer bridge may send a key or placeholders that are not known here. The message is enough.
    if (
        text
        and isinstance(values, dict)
        and all(isinstance(values.get(name), str) for name in text.placeholders)
    ):
        reported.text = text
        reported.placeholders = {name: one_line(values[name]) for name in text.placeholders}
    return reported


def _classes(kind: type[BridgeError]) -> Iterator[type[BridgeError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _classes(each)

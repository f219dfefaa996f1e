"""The endpointing settings that a client may change for one utterance."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from typing import Final

from ..errors import ConfigError, RequestError, alternatives
from .settings import Endpointing

__all__ = ["with_client_values"]

_TYPE_NAMES: Final[Mapping[type, str]] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def with_client_values(settings: Endpointing, values: Mapping[str, object]) -> Endpointing:
    """Return a profile's settings with the values that a client requests.

    ``max_utterance_s`` limits the cost, so a higher value than the profile's is ignored.

    Raises:
        RequestError: A name or a value is not allowed. The message says what is allowed.
    """
    _check_types(settings, values)
    make: Callable[..., Endpointing] = Endpointing
    try:
        wanted = make(**{**asdict(settings), **_giving_way(settings, values), **values})
    except ConfigError as err:
        raise RequestError.of(err) from err
    max_utterance_s = min(settings.max_utterance_s, wanted.max_utterance_s)
    return replace(
        wanted,
        max_utterance_s=max_utterance_s,
        no_speech_timeout_s=min(wanted.no_speech_timeout_s, max_utterance_s),
    )


def _check_types(settings: Endpointing, values: Mapping[str, object]) -> None:
    kinds = {each.name: type(getattr(settings, each.name)) for each in fields(settings)}
    for name, value in values.items():
        if name in settings.renamed:
            raise RequestError(f"endpointing.{name} is now called {settings.renamed[name]}")
        if name not in kinds:
            raise RequestError(f"no endpointing setting named {name!r}{alternatives(name, kinds)}")
        kind = (int, float) if kinds[name] is float else kinds[name]
        # In Python, a bool is an int too.
        if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
            expected = _TYPE_NAMES[kinds[name]]
            raise RequestError(f"endpointing.{name} must be {expected}, got {value!r}")


def _giving_way(settings: Endpointing, values: Mapping[str, object]) -> dict[str, object]:
    """Return new values for the settings that would contradict the values of a client."""
    changed: dict[str, object] = {}
    silence_ms, limit_s = values.get("silence_ms"), values.get("max_utterance_s")
    if isinstance(silence_ms, int):
        changed["speculate_ms"] = settings.speculate_ms_before(silence_ms)
    if isinstance(limit_s, (int, float)) and limit_s < settings.no_speech_timeout_s:
        changed["no_speech_timeout_s"] = Endpointing().no_speech_timeout_s
    return changed

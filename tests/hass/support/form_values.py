"""Values for each kind of field in a form, as the browser or another client may send them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flow_api import Path, with_value

_BLANK: Final = ("", " ", "\t\n")

WRONG: Final[Mapping[str, Sequence[object]]] = {
    "number": (*_BLANK, "two", "nan", "inf", None, [], [5], {}),
    "list": (*_BLANK, "two words", 7, None, {}, [7], [None], [[]]),
    "choice": (*_BLANK, 7, None, [], {}, "not one of the choices"),
    "choice or text": (7, None, [], {}),
}
"""Values that no field of a kind accepts."""

WRONG_TEXTS: Final[Mapping[str, Sequence[object]]] = {
    "text": (7, 0.5, True, None, [], ["two"], {}),
    "language": (*_BLANK, 7, True, None, [], ["en"], {}, "klingon"),
}
"""Values that no text and no language accepts; ``test_texts`` tries wrong texts."""

BLANK_LISTS: Final[Sequence[list[str]]] = ([], [""], [" "], ["\t", "\n "])
"""Lists without an entry that has text."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of a form."""

    path: Path
    kind: str
    """A key of ``WRONG``, or the name of the selector."""
    selector: Mapping[str, Any]
    default: Any = None

    @property
    def example(self) -> Any:
        """A valid value."""
        if self.default is not None:
            return self.default
        match self.kind:
            case "number":
                return self.selector["max"]
            case "list":
                return self._choices[:1] or ["Kitchen lamp"]
            case "boolean" | "text":
                return {"boolean": True, "text": "Kitchen lamp"}[self.kind]
            case _:
                return self._choices[0]

    @property
    def _choices(self) -> list[str]:
        options = self.selector["languages" if self.kind == "language" else "options"]
        return [each["value"] if isinstance(each, Mapping) else each for each in options]


def wrong_values(field: Field) -> list[object]:
    """Return values that a field does not accept."""
    values = list({**WRONG, **WRONG_TEXTS}[field.kind])
    if field.kind == "number":
        values += [field.selector["min"] - 1, field.selector["max"] + 1]
    if field.kind == "list" and not field.selector.get("custom_value"):
        values += [[" "], ["not one of the choices"]]
    return values


def complete(values: Mapping[str, Any], fields: Iterable[Field]) -> dict[str, Any]:
    """Return the values of a form with a valid value in each field."""
    full = dict(values)
    for field in fields:
        full = with_value(full, field.path, field.example)
    return full


def fields_in(schema: Sequence[Mapping[str, Any]], above: Path = ()) -> Iterator[Field]:
    """Yield the fields of a form, as the API describes them."""
    for each in schema:
        path = (*above, each["name"])
        if each.get("type") == "expandable":
            yield from fields_in(each["schema"], path)
            continue
        ((name, config),) = each["selector"].items()
        yield Field(
            path=path,
            kind=_kind(name, config),
            selector=config,
            default=each.get("default"),
        )


def _kind(name: str, config: Mapping[str, Any]) -> str:
    if name != "select":
        return name
    if config.get("multiple"):
        return "list"
    return "choice or text" if config.get("custom_value") else "choice"

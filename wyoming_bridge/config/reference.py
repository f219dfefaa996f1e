"""Creates the documentation's tables of configuration keys, from the declared settings."""

from ..endpointing import Endpointing
from ..home import HomeAssistantApi
from ..local.behaviour import Behaviour
from ..local.faults import Fault
from ..options import Option, options_of
from ..page.settings import PageSettings
from ..providers.registry import PROVIDERS
from ..providers.settings import Settings
from ..recorder import RecorderSettings
from .bridge import Bridge
from .profile_options import ProfileOptions
from .schema import default_of, type_name
from .serve import BEHAVIOURS
from .tls import TlsOptions
from .tokens import TokenSources
from .values import LocalBackend

__all__ = ["reference"]

_HEAD = """\
| key | what to write | default | meaning |
| --- | --- | --- | --- |
"""


def reference() -> dict[str, str]:
    """Return a Markdown table for each group of keys, by the group's name."""
    shared = {name for name, _ in options_of(Settings)} - {"url"}
    tables = {
        "bridge": _table(Bridge),
        "profile": _table(ProfileOptions),
        "endpointing": _table(Endpointing),
        "token": _table(TokenSources),
        "home_assistant": _table(HomeAssistantApi),
        "page": _table(PageSettings),
        "recorder": _table(RecorderSettings),
        "tls": _table(TlsOptions),
        "service": _table(Settings, only=shared),
        "local": _table(LocalBackend),
    }
    for name, provider in PROVIDERS.items():
        own = {option for option, _ in options_of(provider.settings)} - shared
        tables[name.value] = _table(provider.settings, only=own)
    tables["behaviour"] = _table(Behaviour)
    for name, behaviour in BEHAVIOURS.items():
        tables[f"behaviour_{name.value}"] = _table(behaviour)
    tables["fault"] = _table(Fault)
    return tables


def _table(owner: type, *, only: set[str] | None = None) -> str:
    rows = [
        _row(owner, name, declared)
        for name, declared in options_of(owner)
        if only is None or name in only
    ]
    return _HEAD + "\n".join(rows)


def _row(owner: type, name: str, declared: Option) -> str:
    kind = type_name(owner, name)
    if declared.choices:
        choices = " or ".join(f"`{choice}`" for choice in declared.choices)
        is_list = isinstance(default_of(owner, name), tuple)
        kind = f"a list, each {choices}" if is_list else choices
    elif declared.allowed:
        kind = f"{kind}, {declared.allowed}"
    if declared.max_items is not None:
        kind = f"{kind} each, at most {declared.max_items}"
    return f"| `{name}` | {kind} | {_shown(default_of(owner, name))} | {declared.doc} |"


def _shown(default: object) -> str:
    match default:
        case None | "" | ():
            return "none"
        case bool():
            return f"`{str(default).lower()}`"
        case float():
            return f"`{default:g}`"
        case tuple():
            return f"`[{', '.join(map(_in_yaml, default))}]`"
        case _:
            return f"`{default}`"


def _in_yaml(text: str) -> str:
    """Return a text as an entry of a list in YAML, in which a text must not begin with a colon."""
    return f'"{text}"' if text.startswith(":") else text

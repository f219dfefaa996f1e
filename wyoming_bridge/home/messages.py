"""The messages of Home Assistant's websocket API that the bridge sends and reads.

The files that this module names as sources are those of Home Assistant 2026.11.0, relative to
``homeassistant/components``. Each command has a number, and its answer has the same number:
``websocket_api/messages.py``.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from ..errors import AuthenticationError, ProtocolViolationError, RemoteError, ServiceError
from ..json_fields import JsonFields
from ..json_text import compact, value_count

__all__ = [
    "EVENTS",
    "HOME_ASSISTANT",
    "MAX_VALUES",
    "Command",
    "HomeTokenError",
    "Kind",
    "auth",
    "changes_names",
    "command",
    "exposed_ids",
    "initial_states",
    "parsed",
    "refused",
    "refused_token",
]

HOME_ASSISTANT: Final = "Home Assistant"
"""The name of the provider in errors."""

MAX_VALUES: Final = 500_000
"""The most values in all messages of one fetch. A home with 10,000 devices has about 400,000. This
many empty objects take 36 MB, and objects with a field each up to 90 MB."""


class Kind(StrEnum):
    """The types of the messages that Home Assistant sends: ``websocket_api/auth.py``, ``const.py``.

    Types that are not in this list are ignored.
    """

    AUTH_REQUIRED = "auth_required"
    AUTH_OK = "auth_ok"
    AUTH_INVALID = "auth_invalid"
    RESULT = "result"
    EVENT = "event"


class Command(StrEnum):
    """The commands that the bridge sends."""

    CONFIG = "get_config"
    """The language, and whether Home Assistant has started: ``websocket_api/commands.py``."""
    FLOORS = "config/floor_registry/list"
    AREAS = "config/area_registry/list"
    DEVICES = "config/device_registry/list"
    EXPOSED = "homeassistant/expose_entity/list"
    """The entities that are exposed to assistants; only for administrators:
    ``homeassistant/exposed_entities.py``."""
    SENTENCES = "conversation/sentences/list"
    """The sentences that trigger automations; only for administrators: ``conversation/http.py``."""
    ENTRIES = "config/entity_registry/get_entries"
    """Entries of the entity registry. They have the aliases, which ``list`` of the registry leaves
    out."""
    STATES = "subscribe_entities"
    """The states of given entities, and each change of them. Without ids, the states of all
    entities."""
    INTEGRATION = "manifest/get"
    """The manifest of an integration, or the error ``not_found``: ``websocket_api/commands.py``."""
    FLOWS = "config_entries/flow/progress"
    """The forms (config flows) that wait for the user, such as those of discovered devices; only
    for administrators: ``config/config_entries.py``."""
    SUBSCRIBE = "subscribe_events"
    UNSUBSCRIBE = "unsubscribe_events"


EVENTS: Final = (
    "floor_registry_updated",
    "area_registry_updated",
    "device_registry_updated",  # entity names contain device names
    "entity_registry_updated",  # names, aliases, areas, and what is exposed
    "core_config_updated",
    "automation_reloaded",  # sentences that trigger automations
    "homeassistant_started",  # before this, integrations may still have to add their entities
)
"""The events after which the house may have other names. Two kinds of changes have no event: the
user changes the triggers of an automation in the UI, or the exposure of an entity without a unique
id."""

_ASSISTANT: Final = "conversation"
"""The name of Assist in the list of exposed entities."""

_NAMING: Final = frozenset({"friendly_name", "device_class"})
"""The attributes of a state that become part of the house."""


class HomeTokenError(AuthenticationError):
    """Home Assistant does not accept the token, or it is not that of an administrator."""

    advice = (
        "Check home_assistant's token: an administrator creates a long-lived access token on the "
        "Security page of the user profile."
    )


def parsed(message: str | bytes, *, max_values: int = MAX_VALUES) -> tuple[JsonFields, int]:
    """Parse a message. Return its fields, and about how many values it has.

    Raises:
        ProtocolViolationError: The message is not a JSON object, or has more than ``max_values``.
    """
    values = value_count(message)
    if values > max_values:
        raise ProtocolViolationError(
            f"the answers have more than {MAX_VALUES} values", provider=HOME_ASSISTANT
        )
    return JsonFields.parse(message, provider=HOME_ASSISTANT), values


def auth(token: str) -> str:
    """Return the answer to ``auth_required``."""
    return compact({"type": "auth", "access_token": token})


def command(number: int, kind: Command, **fields: object) -> str:
    """Return a command as JSON. Each command of a connection needs a higher number."""
    return compact({"id": number, "type": kind.value, **fields})


def exposed_ids(answer: JsonFields) -> list[str]:
    """Return the ids of the entities that are exposed to Assist, from the answer to ``EXPOSED``."""
    found = answer.spare_mapping("exposed_entities").items()
    return [
        entity_id
        for entity_id, assistants in found
        if isinstance(assistants, dict) and assistants.get(_ASSISTANT) is True
    ]


def initial_states(event: JsonFields) -> dict[str, JsonFields]:
    """Return the attributes of each entity, by id, from the first event of ``STATES``."""
    states = {}
    for entity_id, state in event.spare_mapping("a").items():
        if isinstance(state, dict):
            states[entity_id] = event.within(event.within(state).spare_mapping("a"))
    return states


def changes_names(event: JsonFields) -> bool:
    """Return whether an event of ``STATES`` after the first one changes the house.

    It does if it adds or removes an entity, or changes an entity's name or device class.
    """
    if event.values.get("a") or event.values.get("r"):
        return True
    changes = event.spare_mapping("c").values()
    return any(_NAMING & set(_changed_attributes(change)) for change in changes)


def _changed_attributes(change: object) -> Iterable[str]:
    """Yield the attributes that changed (``+``) or no longer exist (``-``)."""
    for part in (change.get("+"), change.get("-")) if isinstance(change, dict) else ():
        attributes = part.get("a") if isinstance(part, dict) else None
        if isinstance(attributes, (dict, list)):
            yield from (each for each in attributes if isinstance(each, str))


def refused_token(message: JsonFields) -> HomeTokenError:
    """Return the error for ``auth_invalid``."""
    said = message.spare_text("message")
    return HomeTokenError(
        f"the token is not accepted{f' ({said})' if said else ''}", provider=HOME_ASSISTANT
    )


def refused(kind: str, answer: JsonFields) -> RemoteError:
    """Return the error for a command that failed."""
    error: Mapping[str, object] = answer.spare_mapping("error")
    code, text = error.get("code"), error.get("message")
    if code == "unauthorized":
        return HomeTokenError(
            f"the token must be that of an administrator, because the command {kind} is not "
            "allowed for other users",
            provider=HOME_ASSISTANT,
        )
    return ServiceError(f"{kind} failed ({code}: {text})", provider=HOME_ASSISTANT)

"""A house without hardware, and the recorded commands that change its states."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, override

from assist import AssistRun, in_real_time, speak, utterance
from hass_client import Json, mapping, text
from live_hass import LiveHass
from patience import PATIENCE_S
from waiting import eventually

__all__ = [
    "BED_LIGHT",
    "FRONT_DOOR",
    "OFFICE",
    "Command",
    "House",
    "add_area",
    "add_entity",
    "add_light",
    "carry_out",
]

House = Mapping[str, str]
"""The entity IDs by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A sample in ``samples/commands``, and what the spoken command does."""

    recording: str
    text: str
    """The transcript, without a full stop."""
    heard: str | None = None
    """A part of the wrong text that Moonshine hears; None if it hears the command correctly."""
    changes: Mapping[str, str]
    """The new states, by the name of the entity."""

    @override
    def __str__(self) -> str:
        return self.recording


OFFICE: Final = Command(
    recording="turn-off-lights-in-the-office",
    text="turn off lights in the Office",
    heard="lights and the office",
    changes={"Reading Lamp": "off", "Ceiling Light": "off"},
)
BED_LIGHT: Final = Command(
    recording="set-bed-light-brightness-to-50-percent",
    text="set Bed Light brightness to 50 percent",
    heard="50",
    changes={"Bed Light": "on at 50%"},
)
FRONT_DOOR: Final = Command(
    recording="lock-the-front-door",
    text="Lock the front door",
    changes={"Front Door": "locked"},
)

_BEFORE: Final = {
    "Reading Lamp": "on at 100%",
    "Ceiling Light": "on at 100%",
    "Bed Light": "on at 100%",
    "Front Door": "unlocked",
}


async def add_area(hass: LiveHass, name: str) -> str:
    """Create an area and return its ID."""
    created = mapping(await hass.client.command("config/area_registry/create", name=name))
    return text(created, "area_id")


async def add_light(hass: LiveHass, name: str, area: str) -> str:
    """Add a light with brightness and return its ID."""
    return await add_entity(hass, "light", name, area, turn_on=[], turn_off=[], set_level=[])


async def add_entity(hass: LiveHass, kind: str, name: str, area: str, **actions: object) -> str:
    """Add an entity without hardware, exposed to Assist, and return its ID."""
    form = await hass.client.choose(await hass.client.start_flow("template"), kind)
    added = await hass.client.answer(form, name=name, **actions)
    assert added.kind == "create_entry", added
    (entity,) = await hass.client.entities(added.entry_id)
    entity_id = text(entity, "entity_id")
    await hass.client.command("config/entity_registry/update", entity_id=entity_id, area_id=area)
    await hass.client.command(
        "homeassistant/expose_entity",
        assistants=["conversation"],
        entity_ids=[entity_id],
        should_expose=True,
    )
    return entity_id


async def states(hass: LiveHass, house: House) -> dict[str, str]:
    """Return the state of each entity by its name, as ``shown`` writes it."""
    return {name: shown(await hass.client.state(entity)) for name, entity in house.items()}


def shown(state: Json) -> str:
    """Return a state as text. For a light that is on, include the brightness."""
    brightness = mapping(state["attributes"]).get("brightness")
    percent = f" at {brightness / 255:.0%}" if isinstance(brightness, int) else ""
    return text(state, "state") + percent


async def reset(hass: LiveHass, house: House) -> None:
    """Restore the states that the house has before a command."""
    for entity in house.values():
        if entity.startswith("light."):
            full = {"entity_id": entity, "brightness_pct": 100}
            await hass.client.post("/api/services/light/turn_on", full)
        else:
            await hass.client.post("/api/services/lock/unlock", {"entity_id": entity})
    assert await states(hass, house) == before(house)


def before(house: House) -> dict[str, str]:
    """Return the states before a command."""
    return {name: _BEFORE[name] for name in house}


async def carry_out(hass: LiveHass, house: House, pipeline: str, command: Command) -> None:
    """Say a command, and wait until exactly the states in ``command.changes`` have changed."""
    await reset(hass, house)

    async def understood() -> AssistRun | None:
        audio = in_real_time(utterance(f"commands/{command.recording}"))
        run = await speak(hass.client, pipeline, audio, end_stage="intent")
        return run if run.text.removesuffix(".") == command.text else None

    async def changed() -> bool | None:
        return True if await states(hass, house) == {**before(house), **command.changes} else None

    # The bridge may still be building the house's commands, so say the command until it works.
    await eventually(understood, within_s=PATIENCE_S, what=command.text)
    await eventually(changed, within_s=PATIENCE_S, what=f"the states after: {command.text}")

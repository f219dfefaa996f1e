"""The parts of a house that a command can name: floors, areas and entities."""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Area", "Floor", "HouseEntity", "names_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """A floor of the house."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A room, or another area of the house."""

    name: str
    aliases: tuple[str, ...] = ()
    floor: str | None = None
    """The name of the floor on which the area is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseEntity:
    """Something in the house that a command can name: an entity of Home Assistant."""

    name: str
    domain: str
    """Home Assistant's domain, such as ``light`` or ``cover``."""
    aliases: tuple[str, ...] = ()
    area: str | None = None
    """The name of the area in which the entity is."""
    device_class: str | None = None
    """Home Assistant's device class, such as ``garage`` for a cover."""


def names_of(named: Iterable[Floor | Area | HouseEntity]) -> tuple[str, ...]:
    """Return the names and aliases of parts of the house, each once."""
    return tuple(dict.fromkeys(name for each in named for name in (each.name, *each.aliases)))

"""The names of a house, as a value."""

from dataclasses import dataclass

__all__ = ["Area", "Floor", "House", "HouseEntity"]


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
    """The name of its floor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseEntity:
    """Something in the house that a command can name, as Home Assistant's entities are."""

    name: str
    domain: str
    """Home Assistant's domain, such as ``light`` or ``cover``."""
    aliases: tuple[str, ...] = ()
    area: str | None = None
    """The name of its area."""
    device_class: str | None = None
    """Home Assistant's device class, such as ``garage`` for a cover."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A house whose commands can be recognised. Two equal houses have the same language."""

    entities: tuple[HouseEntity, ...] = ()
    areas: tuple[Area, ...] = ()
    floors: tuple[Floor, ...] = ()
    language: str = "en"
    """The language of its commands, ISO 639-1 with or without a region."""
    sentences: tuple[str, ...] = ()
    """The user's own sentences and triggers, as hassil templates."""

    def terms(self) -> tuple[str, ...]:
        """Return all names, each once, to bias a recogniser: floors, areas, then entities."""
        named: tuple[Floor | Area | HouseEntity, ...]
        named = (*self.floors, *self.areas, *self.entities)
        return tuple(
            dict.fromkeys(text for each in named for text in (each.name, *each.aliases) if text)
        )

"""Reads the house of a configuration once."""

from ..config import Config
from ..home import combined
from ..house import House
from ..session import Connector

__all__ = ["configured_house"]


async def configured_house(config: Config, *, connector: Connector | None = None) -> House | None:
    """Return the house in the configuration, combined with that of Home Assistant if it is set.

    Return None if the configuration has neither.

    Raises:
        BridgeError: Home Assistant cannot be reached or refuses; the message says why.
    """
    if config.home_assistant is None:
        return config.house
    from ..home.watch import fetch_house

    told = await fetch_house(config.home_assistant, connector=connector)
    return combined(config.house, told)

"""Reads the configured house once, without watching Home Assistant for changes."""

from ..config import Config
from ..home import combined
from ..house import House
from ..session import Connector

__all__ = ["configured_house"]


async def configured_house(config: Config, *, connector: Connector | None = None) -> House | None:
    """Return the configured house, combined with the names from Home Assistant if it is configured.

    Return None if the configuration has neither a house nor Home Assistant.

    Raises:
        BridgeError: Home Assistant cannot be reached or refuses; the message says why.
    """
    if config.home_assistant is None:
        return config.house
    from ..home.fetching import fetch_house

    told = await fetch_house(config.home_assistant, connector=connector)
    return combined(config.house, told)

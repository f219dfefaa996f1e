"""The check of the house: whether its names can be read, and how many there are."""

import asyncio

from ..app.configured_house import configured_house
from ..config import Config
from ..errors import BridgeError
from ..home import summary_of
from ..session import Connector
from .steps import CheckOutcome, Step, StepName

__all__ = ["check_house"]


async def check_house(config: Config, *, connector: Connector | None = None) -> Step | None:
    """Read the house once. Return the step, or None if the configuration has no house."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    outcome, failure = CheckOutcome.OK, None
    try:
        house = await configured_house(config, connector=connector)
    except BridgeError as error:
        outcome, failure, text = CheckOutcome.FAILED, error, str(error)
    else:
        if house is None:
            return None
        text = f"{_source_of(config)} {summary_of(house)}"
        if not house.terms():
            outcome = CheckOutcome.HINT
    return Step(
        name=StepName.HOUSE,
        outcome=outcome,
        duration_ms=(loop.time() - began) * 1000,
        text=text,
        error=failure,
    )


def _source_of(config: Config) -> str:
    if config.home_assistant is None:
        return "the configuration has"
    home = f"Home Assistant at {config.home_assistant.place}"
    return f"{home} and the configuration have" if config.house else f"{home} has"

"""A real Home Assistant uses the container of the app: lights obey a recorded command.

``script/try-image --app`` runs these tests in the network of the app's container. pytest finds them
only by the name of this file, because they need the app's image and root.
"""

import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import override

import pytest

from accounts import DOMAIN, entity_ids, open_form
from assist import create_pipeline
from hass_client import FlowStep
from home_assistants import FakeHomeAssistant
from live_hass import LiveHass
from programs import Program
from releases import unpack_release
from rooms import OFFICE, add_area, add_light, carry_out
from supervisors import FakeSupervisor

COMMAND = json.loads(os.environ["WYOMING_BRIDGE_APP"])
"""The command that starts the app. It runs until it is asked to stop."""

TOKEN = os.environ["WYOMING_BRIDGE_APP_TOKEN"]
"""The token that the Supervisor has given the app."""

CORE = "wyoming"
"""Home Assistant's own integration."""

PORT = 80
"""The Supervisor's port."""


class RealHome(FakeHomeAssistant):
    """A real Home Assistant, for a Supervisor that stands in front of it."""

    def __init__(self, hass: LiveHass) -> None:
        super().__init__()
        self.token = hass.client.token
        self._url = hass.url

    @property
    @override
    def url(self) -> str:
        return self._url

    @override
    async def start(self) -> None:
        """Do nothing: it runs already."""

    @override
    async def stop(self) -> None:
        """Do nothing."""


@asynccontextmanager
async def supervised(hass: LiveHass) -> AsyncIterator[FakeSupervisor]:
    supervisor = FakeSupervisor()
    supervisor.token, supervisor.home = TOKEN, RealHome(hass)
    await supervisor.start(port=PORT)
    try:
        yield supervisor
    finally:
        await supervisor.stop()


async def added(hass: LiveHass, service: str, *, port: int) -> FlowStep:
    """Add the app with one of the integrations.

    A real Supervisor would pass the announcement to Home Assistant, and there would be no host and
    port to type.
    """
    address = {"host": "127.0.0.1", "port": port}
    if service == DOMAIN:
        return await hass.client.answer(await open_form(hass.client, "bridge"), **address)
    return await hass.client.answer(await hass.client.start_flow(service), **address)


@pytest.mark.parametrize("service", [CORE, DOMAIN])
async def test_lights_obey_a_recorded_command_through_the_app(service: str, tmp_path: Path) -> None:
    release = unpack_release(tmp_path) if service == DOMAIN else None
    app = Program(*COMMAND, output=tmp_path / "app.log", ready=re.compile(r"Listening at "))
    async with LiveHass(tmp_path / "config", integration=release) as hass:
        office = await add_area(hass, "Office")
        lights = {name: await add_light(hass, name, office) for name in OFFICE.changes}
        async with supervised(hass) as supervisor, app:
            await supervisor.until(lambda: bool(supervisor.messages))
            [message] = supervisor.messages.values()
            assert message["service"] == service

            step = await added(hass, service, port=10300)
            assert step.kind == "create_entry", step
            [engine] = await entity_ids(hass, step.entry_id, "stt")
            pipeline = await create_pipeline(hass.client, engine=engine)
            await carry_out(hass, lights, pipeline, OFFICE)

        assert hass.warnings(about=f"components.{service}") == []

"""Complete commands in Home Assistant: how soon the text of a command comes after its end."""

import asyncio
from dataclasses import replace
from typing import Final

from known_words import KnownWords
from spoken import SAMPLES, Take, recorded, spoken, synthetic
from voices import FOLDER

from assist import AssistRun, create_pipeline, in_real_time, speak
from hass_client import HassClient, mapping, text
from live_hass import LiveHass
from rooms import add_area, add_entity, add_light
from wyoming_bridge.config.home import load_house
from wyoming_bridge.house import Completeness, House
from wyoming_bridge.house.language import HouseLanguage

__all__ = ["complete_commands"]

_SERVICE_DELAY_S: Final = 0.1
"""The time from a flush to the final text of the service that knows the words."""

_BUILD_S: Final = 5.0
"""Enough time for the integration to prepare the commands of the house after the first one."""

_DOMAINS: Final = ("light", "lock")
"""The entities of ``samples/house.yaml`` that Home Assistant gets. It can simulate these."""


async def complete_commands(hass: LiveHass, *, repeats: int) -> dict[str, list[int]]:
    """Say the commands that are complete in a house with the lights and the lock of the samples.

    The commands are recorded, and synthetic if ``voices.py`` was run before. A service that knows
    the words recognises them, so that only the end of speech is measured. Return the ms from the
    end of speech to `stt-end` of all recorded (``recorded``) and of all synthetic (``voice``)
    commands.

    Raises:
        LookupError: A command has no text.
    """
    house = load_house(SAMPLES / "house.yaml", key="house")
    house = replace(house, entities=tuple(e for e in house.entities if e.domain in _DOMAINS))
    takes = _takes(house)
    service = KnownWords(flush_delay_s=_SERVICE_DELAY_S)
    service.add(takes)
    async with service.listening() as url:
        await _furnish(hass, house)
        pipeline = await create_pipeline(hass.client, engine=await _entity(hass.client, url))
        await _say(hass, pipeline, takes[0])
        await asyncio.sleep(_BUILD_S)
        found: dict[str, list[int]] = {}
        for take in takes * repeats:
            run = await _say(hass, pipeline, take)
            lag_ms = run.of_kind("stt-end").at_ms - take.end_ms
            found.setdefault(take.sentence.source, []).append(lag_ms)
        return found


def _takes(house: House) -> list[Take]:
    language = HouseLanguage(house)
    return [
        spoken(each).take(pause_ms=0, gap=0, snr_db=None)
        for each in (*recorded(), *synthetic(FOLDER))
        if each.is_command and language.completeness(each.text) is Completeness.COMPLETE
    ]


async def _furnish(hass: LiveHass, house: House) -> None:
    listed = await hass.client.command("config/area_registry/list")
    assert isinstance(listed, list)
    areas = {text(each, "name"): text(each, "area_id") for each in map(mapping, listed)}
    for area in house.areas:
        if area.name not in areas:
            areas[area.name] = await add_area(hass, area.name)
    for each in house.entities:
        area_id = areas[each.area or house.areas[0].name]
        if each.domain == "light":
            await add_light(hass, each.name, area_id)
        else:
            await add_entity(hass, each.domain, each.name, area_id, lock=[], unlock=[])


async def _entity(client: HassClient, url: str) -> str:
    flow = await client.choose(await client.start_flow("wyoming_bridge"), "local")
    flow = await client.answer(flow, url=url, protocol="reson8")
    for entity in await client.entities(flow.entry_id):
        if str(entity["entity_id"]).startswith("stt."):
            return str(entity["entity_id"])
    raise LookupError(f"{flow} has no speech-to-text entity")


async def _say(hass: LiveHass, pipeline: str, take: Take) -> AssistRun:
    return await speak(hass.client, pipeline, in_real_time(take.pcm))

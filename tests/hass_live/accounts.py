"""Helpers that add accounts of the integration through its forms, as a user does."""

from dataclasses import dataclass
from typing import Final

from assist import AssistRun, create_pipeline, in_real_time, speak, utterance
from hass_client import FlowStep, HassClient, items, text
from live_hass import LiveHass
from patience import PATIENCE_S
from programs import LocalServer
from waiting import eventually
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName

__all__ = [
    "DOMAIN",
    "SERVICES",
    "Account",
    "add_account",
    "created_account",
    "entity_ids",
    "open_form",
    "say",
    "service_form",
    "set_repair",
    "state_of",
]

DOMAIN: Final = "wyoming_bridge"
SERVICES: Final = tuple(name.value for name in ProviderName)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A config entry with one speech-to-text entity, and a pipeline that uses it."""

    entry_id: str
    entity_id: str
    pipeline: str


def service_form(service: str, server: LocalServer, *, token: str) -> dict[str, object]:
    """Return the values of the form for a service, with a local server in place of the service."""
    address = {"url": server.url(service)}
    has_address = "url" in PROVIDERS[ProviderName(service)].account_fields
    return {"token": token, **(address if has_address else {"advanced": address})}


async def open_form(client: HassClient, provider: str) -> FlowStep:
    """Select a provider from the menu, and return its form."""
    menu = await client.start_flow(DOMAIN)
    assert (menu.kind, menu.menu) == ("menu", (*SERVICES, "local", "bridge"))
    form = await client.choose(menu, provider)
    assert form.kind == "form"
    return form


async def add_account(hass: LiveHass, provider: str, **answers: object) -> Account:
    """Add an account, and a pipeline for its entity."""
    form = await open_form(hass.client, provider)
    return await created_account(hass, await hass.client.answer(form, **answers))


async def entity_ids(hass: LiveHass, entry_id: str, kind: str) -> list[str]:
    """Return an account's entities of a kind, such as ``sensor``, including disabled entities."""
    found = [text(each, "entity_id") for each in await hass.client.entities(entry_id)]
    return [name for name in found if name.startswith(f"{kind}.")]


async def created_account(hass: LiveHass, added: FlowStep) -> Account:
    """Return the account that a flow has created, with a pipeline for its entity."""
    assert added.kind == "create_entry", added
    (engine,) = await entity_ids(hass, added.entry_id, "stt")
    return Account(
        entry_id=added.entry_id,
        entity_id=engine,
        pipeline=await create_pipeline(hass.client, engine=engine),
    )


async def set_repair(hass: LiveHass, account: Account, mode: str) -> None:
    """Choose whether the entity repairs commands, as a user does."""
    listed = await hass.client.command("config_entries/subentries/list", entry_id=account.entry_id)
    (subentry,) = items(listed)
    form = await hass.client.start_subentry_flow(
        account.entry_id, "stt", reconfigure=text(subentry, "subentry_id")
    )
    changed = await hass.client.answer(
        form,
        name=text(subentry, "title"),
        end_of_speech={},
        bias={},
        advanced={"repair": mode},
    )
    assert changed.reason == "reconfigure_successful", changed
    await hass.client.reload_entry(account.entry_id)  # waits until the change has been applied


async def say(hass: LiveHass, account: Account, *, end_stage: str = "stt") -> AssistRun:
    """Send a spoken command to an account's pipeline in real time."""
    audio = in_real_time(utterance())
    return await speak(hass.client, account.pipeline, audio, end_stage=end_stage)


async def state_of(hass: LiveHass, account: Account, *, available: bool) -> None:
    """Wait until an account's entity is available or unavailable."""

    async def look() -> bool | None:
        state = text(await hass.client.state(account.entity_id), "state")
        return True if (state != "unavailable") is available else None

    await eventually(look, within_s=PATIENCE_S, what=f"{account.entity_id} {available=}")

"""Who may stand in for an entity: what its form offers."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant

from bridges import StartBridge
from entity_forms import changed_entity, new_entity, sent, untouched
from flows import added, local_account, suggested
from servers import Server


def fallbacks(form: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is offered as fallback: ids and labels."""
    fields = form["data_schema"].schema["limits"].schema.schema
    return [(each["value"], each["label"]) for each in fields["fallback"].config["options"]]


async def test_others_that_services_stand_behind_are_offered_as_fallbacks(
    hass: HomeAssistant, server: Server, start_bridge: StartBridge
) -> None:
    bridge = await start_bridge()
    one = await local_account(hass, server)
    other = await local_account(hass, server, "scriptix")
    await added(hass, "bridge", {"host": bridge.host, "port": bridge.port})
    (first,), (second,) = one.subentries, other.subentries
    await sent(hass, await new_entity(hass, one), untouched("reson8"))
    *_, kitchen = one.subentries

    of_a_new_one = fallbacks(await new_entity(hass, one))
    of_the_first = fallbacks(await changed_entity(hass, one, first))

    title = "Local realtime server"
    assert of_a_new_one == [
        (first, f"{title}: {title} STT"),
        (kitchen, f"{title}: Kitchen"),
        (second, f"{title}: {title} STT"),
    ]
    assert [value for value, _ in of_the_first] == [kitchen, second]


async def test_where_there_is_nobody_to_stand_in_no_fallback_is_offered(
    hass: HomeAssistant, server: Server
) -> None:
    account = await local_account(hass, server)
    (only,) = account.subentries

    form = await changed_entity(hass, account, only)

    assert "fallback" not in form["data_schema"].schema["limits"].schema.schema


async def test_a_fallback_that_was_removed_is_not_shown_any_more(
    hass: HomeAssistant, server: Server
) -> None:
    account, other = (
        await local_account(hass, server),
        await local_account(hass, server, "scriptix"),
    )
    (first,), (second,) = account.subentries, other.subentries
    values = {**untouched("reson8"), "limits": {"fallback": [second, first]}}
    await sent(hass, await new_entity(hass, account), values)
    *_, kitchen = account.subentries
    await hass.config_entries.async_remove(other.entry_id)
    await hass.async_block_till_done()

    form = await changed_entity(hass, account, kitchen)

    assert suggested(form)["limits"]["fallback"] == [first]
    result = await sent(hass, form, {**untouched("reson8"), **suggested(form)})
    assert result["reason"] == "reconfigure_successful"

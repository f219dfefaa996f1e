"""What may be wrong with an account that is added, and that it can be mended on the spot."""

import asyncio
from collections.abc import Mapping

import pytest
from homeassistant.core import HomeAssistant

from flows import CREATED, answered, chosen, local_form, service_form, suggested
from servers import TOKEN, Server, StartServer
from strangers import OTHER_PROTOCOL, WEB_PAGE, Strangers
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.faults import Fault, FaultKind
from wyoming_bridge.providers.elevenlabs.behaviour import ElevenLabsBehaviour
from wyoming_bridge.providers.scriptix.behaviour import ScriptixBehaviour


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (ElevenLabsBehaviour(quota_s=0.1), "quota"),
        (ElevenLabsBehaviour(terms_accepted=False), "terms"),
    ],
)
async def test_an_account_that_is_not_good_for_it_is_told(
    behaviour: ElevenLabsBehaviour, error: str, hass: HomeAssistant, start_server: StartServer
) -> None:
    poor = await start_server(behaviour=Behaviour(elevenlabs=behaviour))
    good = await start_server()

    again = await answered(hass, await chosen(hass, "elevenlabs"), service_form(poor, "elevenlabs"))

    assert again["errors"] == {"base": error}
    result = await answered(hass, again, service_form(good, "elevenlabs"))
    assert result["type"] is CREATED
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("fault", "errors"),
    [
        (Fault(kind=FaultKind.ERROR, code="rate_limited"), {"base": "rate_limited"}),
        (Fault(kind=FaultKind.ERROR, code="invalid_request"), {"base": "refused"}),
        (Fault(kind=FaultKind.REFUSE), {"base": "failed"}),
        (Fault(kind=FaultKind.CLOSE, after_audio_ms=100), {"base": "failed"}),
        (Fault(kind=FaultKind.RUBBISH), {"url": "wrong_server"}),
    ],
    ids=["rate limit", "refused", "down", "breaks", "rubbish"],
)
async def test_what_a_service_does_wrong_is_told_until_it_is_over(
    fault: Fault, errors: Mapping[str, str], hass: HomeAssistant, server: Server
) -> None:
    form = local_form(server.url, protocol="elevenlabs")
    server.break_with(fault)

    again = await answered(hass, await chosen(hass, "local"), form)

    assert again["errors"] == errors
    assert again["description_placeholders"]["error"]
    server.break_with(None)
    assert (await answered(hass, again, form))["type"] is CREATED
    await hass.async_block_till_done()


async def test_an_address_where_nobody_listens_is_told_at_its_field(
    hass: HomeAssistant, server: Server, strangers: Strangers
) -> None:
    nowhere = f"ws://127.0.0.1:{strangers.nobody()}"

    again = await answered(hass, await chosen(hass, "local"), local_form(nowhere))

    assert again["errors"] == {"url": "cannot_connect"}
    assert "refuses connections" in again["description_placeholders"]["error"]
    assert suggested(again) == local_form(nowhere)
    assert (await answered(hass, again, local_form(server.url)))["type"] is CREATED
    await hass.async_block_till_done()


async def test_what_is_wrong_with_a_folded_address_is_told_above_the_form(
    hass: HomeAssistant, strangers: Strangers
) -> None:
    form = {"token": TOKEN, "advanced": {"url": f"ws://127.0.0.1:{strangers.nobody()}"}}

    again = await answered(hass, await chosen(hass, "scriptix"), form)

    assert again["errors"] == {"base": "cannot_connect"}


@pytest.mark.parametrize(
    ("said", "errors", "told"),
    [
        (WEB_PAGE, {"base": "refused"}, "HTTP 200: hi"),
        (OTHER_PROTOCOL, {"url": "wrong_server"}, "does not answer as a websocket"),
    ],
    ids=["web page", "ssh"],
)
async def test_a_server_that_is_none_of_ours_is_told(
    said: bytes,
    errors: Mapping[str, str],
    told: str,
    *,
    hass: HomeAssistant,
    server: Server,
    strangers: Strangers,
) -> None:
    place = f"http://127.0.0.1:{await strangers.who_says(said)}"

    again = await answered(hass, await chosen(hass, "local"), local_form(place))

    assert again["errors"] == errors
    assert told in again["description_placeholders"]["error"]
    assert (await answered(hass, again, local_form(server.url)))["type"] is CREATED
    await hass.async_block_till_done()


async def test_what_does_not_answer_is_given_up_while_somebody_waits(
    hass: HomeAssistant, server: Server, start_server: StartServer, strangers: Strangers
) -> None:
    asleep = await start_server(behaviour=Behaviour(scriptix=ScriptixBehaviour(start_s=60)))
    silent = f"127.0.0.1:{await strangers.who_says(b'')}"
    first, second = await chosen(hass, "local"), await chosen(hass, "local")

    late, starting = await asyncio.gather(
        answered(hass, first, local_form(silent)),
        answered(hass, second, local_form(asleep.url, protocol="scriptix")),
    )

    assert late["errors"] == {"url": "timeout"}
    assert starting["errors"] == {"base": "service_starting"}
    for each in (late, starting):
        assert "within 8 s" in each["description_placeholders"]["error"]
    assert (await answered(hass, late, local_form(server.url)))["type"] is CREATED
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("url", "ftp://127.0.0.1", "must be wss://host"),
        ("url", "ws://[::1", "url: Invalid IPv6 URL"),
        ("url", "ws://127.0.0.1:99999", "out of range"),
        ("url", "ws://me:secret@127.0.0.1", "must not contain"),
        ("url", "ws://", "must be wss://host"),
        ("url", "ws://127.0.0.1/?a=1", "must not contain"),
        ("token", "two words", "printable ASCII"),
    ],
)
async def test_what_cannot_be_is_told_at_its_field_with_what_is_allowed(
    field: str, value: str, told: str, hass: HomeAssistant, server: Server
) -> None:
    form = await chosen(hass, "local")

    again = await answered(hass, form, {**local_form(server.url), field: value})

    assert again["errors"] == {field: "invalid_setting"}
    assert told in again["description_placeholders"]["error"]
    assert (await answered(hass, again, local_form(server.url)))["type"] is CREATED
    await hass.async_block_till_done()

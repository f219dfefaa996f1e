"""Errors in the form that adds an account, which the user can correct in the same form."""

import asyncio
from collections.abc import Mapping

import pytest
from homeassistant.core import HomeAssistant

from fakes import VllmFake
from flows import CREATED, local_form, provider_form, service_form, submit, suggested
from foreign_servers import OTHER_PROTOCOL, WEB_PAGE, ForeignServers
from servers import TOKEN, Server, StartServer
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.faults import Fault, FaultKind
from wyoming_bridge.providers.elevenlabs.behaviour import ElevenLabsBehaviour
from wyoming_bridge.providers.scriptix.behaviour import ScriptixBehaviour


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (ElevenLabsBehaviour(quota_s=0.1), "no_credit"),
        (ElevenLabsBehaviour(terms_accepted=False), "terms_not_accepted"),
    ],
)
async def test_an_account_without_credit_or_accepted_terms_is_reported(
    behaviour: ElevenLabsBehaviour, error: str, hass: HomeAssistant, start_server: StartServer
) -> None:
    poor = await start_server(behaviour=Behaviour(services=(behaviour,)))
    good = await start_server()

    again = await submit(
        hass, await provider_form(hass, "elevenlabs"), service_form(poor, "elevenlabs")
    )

    assert again["errors"] == {"base": error}
    result = await submit(hass, again, service_form(good, "elevenlabs"))
    assert result["type"] is CREATED
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("fault", "errors"),
    [
        (Fault(kind=FaultKind.ERROR, code="rate_limited"), {"base": "too_many_sessions"}),
        (Fault(kind=FaultKind.ERROR, code="invalid_request"), {"base": "service_says"}),
        (Fault(kind=FaultKind.REFUSE), {"base": "service_failed"}),
        (Fault(kind=FaultKind.CLOSE, after_audio_ms=100), {"base": "closed_saying"}),
        (Fault(kind=FaultKind.RUBBISH, at="handshake"), {"url": "not_websocket"}),
    ],
    ids=["rate limit", "refused", "down", "breaks", "rubbish"],
)
async def test_a_failure_of_the_service_is_shown_until_it_is_over(
    fault: Fault, errors: Mapping[str, str], hass: HomeAssistant, server: Server
) -> None:
    form = local_form(server.url, protocol="elevenlabs")
    server.inject(fault)

    again = await submit(hass, await provider_form(hass, "local"), form)

    assert again["errors"] == errors
    assert again["description_placeholders"]["answer"]
    server.inject(None)
    assert (await submit(hass, again, form))["type"] is CREATED
    await hass.async_block_till_done()


async def test_a_model_that_the_server_needs_is_asked_for_at_its_field(
    hass: HomeAssistant, vllm: VllmFake
) -> None:
    again = await submit(hass, await provider_form(hass, "openai"), {"url": vllm.url})

    assert again["errors"] == {"model": "model_needed"}
    assert again["description_placeholders"]["server"] == "vLLM"
    result = await submit(hass, again, {"url": vllm.url, "model": "voxtral"})
    assert result["type"] is CREATED
    await hass.async_block_till_done()


async def test_the_error_of_an_unused_address_is_shown_at_its_field(
    hass: HomeAssistant, server: Server, foreign_servers: ForeignServers
) -> None:
    unused = f"ws://127.0.0.1:{foreign_servers.unused_port()}"

    again = await submit(hass, await provider_form(hass, "local"), local_form(unused))

    assert again["errors"] == {"url": "connection_refused"}
    assert again["description_placeholders"]["place"] == unused.removeprefix("ws://")
    assert suggested(again) == local_form(unused)
    assert (await submit(hass, again, local_form(server.url)))["type"] is CREATED
    await hass.async_block_till_done()


async def test_an_error_of_a_collapsed_field_is_shown_above_the_form(
    hass: HomeAssistant, foreign_servers: ForeignServers
) -> None:
    form = {"token": TOKEN, "advanced": {"url": f"ws://127.0.0.1:{foreign_servers.unused_port()}"}}

    again = await submit(hass, await provider_form(hass, "scriptix"), form)

    assert again["errors"] == {"base": "connection_refused"}


@pytest.mark.parametrize(
    ("reply", "errors", "values"),
    [
        (WEB_PAGE, {"base": "session_refused"}, {"answer": "HTTP 200: hi"}),
        (OTHER_PROTOCOL, {"url": "not_websocket"}, {}),
    ],
    ids=["web page", "ssh"],
)
async def test_a_foreign_server_is_reported(
    reply: bytes,
    errors: Mapping[str, str],
    values: Mapping[str, str],
    *,
    hass: HomeAssistant,
    server: Server,
    foreign_servers: ForeignServers,
) -> None:
    address = f"http://127.0.0.1:{await foreign_servers.start(reply)}"

    again = await submit(hass, await provider_form(hass, "local"), local_form(address))

    assert again["errors"] == errors
    assert again["description_placeholders"].items() >= values.items()
    assert (await submit(hass, again, local_form(server.url)))["type"] is CREATED
    await hass.async_block_till_done()


async def test_a_server_that_does_not_respond_is_an_error_after_8_s(
    hass: HomeAssistant, server: Server, start_server: StartServer, foreign_servers: ForeignServers
) -> None:
    asleep = await start_server(behaviour=Behaviour(services=(ScriptixBehaviour(start_s=60),)))
    silent = f"127.0.0.1:{await foreign_servers.start(b'')}"
    first, second = await provider_form(hass, "local"), await provider_form(hass, "local")

    late, starting = await asyncio.gather(
        submit(hass, first, local_form(silent)),
        submit(hass, second, local_form(asleep.url, protocol="scriptix")),
    )

    assert late["errors"] == {"url": "not_ready"}
    assert starting["errors"] == {"base": "not_started"}
    for each in (late, starting):
        assert each["description_placeholders"]["seconds"] == "8"
    assert (await submit(hass, late, local_form(server.url)))["type"] is CREATED
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("url", "ftp://127.0.0.1", "invalid_url"),
        ("url", "ws://[::1", "invalid_url"),
        ("url", "ws://127.0.0.1:99999", "invalid_url"),
        ("url", "ws://me:secret@127.0.0.1", "url_with_more"),
        ("url", "ws://", "invalid_url"),
        ("url", "ws://127.0.0.1/?a=1", "url_with_more"),
        ("token", "two words", "invalid_token"),
    ],
)
async def test_an_invalid_value_is_shown_at_its_field_with_the_reason(
    field: str, value: str, key: str, hass: HomeAssistant, server: Server
) -> None:
    form = await provider_form(hass, "local")

    again = await submit(hass, form, {**local_form(server.url), field: value})

    assert again["errors"] == {field: key}
    assert (await submit(hass, again, local_form(server.url)))["type"] is CREATED
    await hass.async_block_till_done()


async def test_an_address_of_spaces_is_told_what_to_type(hass: HomeAssistant) -> None:
    values = {"token": TOKEN, "advanced": {"url": " "}}

    again = await submit(hass, await provider_form(hass, "elevenlabs"), values)

    assert again["errors"] == {"advanced": "invalid_url"}

"""A remote bridge that encrypts its connections."""

from pathlib import Path

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from accounts import transcribe
from announcements import ID, announced
from bridges import ACCESS_TOKEN, Bridge, StartBridge
from certificates import self_signed
from flows import CREATED, FORM, add_account, provider_form, submit
from microphones import WORDS
from wyoming_bridge.config.values import TlsFiles


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    certificate, key = self_signed(tmp_path)
    return TlsFiles(certificate=certificate, key=key)


@pytest.fixture
def certificate(files: TlsFiles) -> str:
    return files.certificate.read_text()


@pytest.fixture
async def encrypted(start_bridge: StartBridge, files: TlsFiles) -> Bridge:
    return await start_bridge(token=ACCESS_TOKEN, tls=files)


async def test_a_bridge_is_added_and_used_over_tls(
    hass: HomeAssistant, encrypted: Bridge, certificate: str
) -> None:
    result = await submit(
        hass,
        await provider_form(hass, "bridge"),
        {
            "host": encrypted.host,
            "port": encrypted.port,
            "token": ACCESS_TOKEN,
            "ssl": True,
            "ca_certificate": certificate,
        },
    )
    await hass.async_block_till_done()

    assert result["type"] == CREATED
    assert result["result"].state is ConfigEntryState.LOADED
    assert result["result"].data["ssl"] is True
    assert (await transcribe(hass, entity_id="stt.wyoming_bridge_offline")).text == WORDS


async def test_the_scheme_of_the_address_turns_tls_on(
    hass: HomeAssistant, encrypted: Bridge, certificate: str
) -> None:
    result = await submit(
        hass,
        await provider_form(hass, "bridge"),
        {
            "host": f"tls://{encrypted.host}:{encrypted.port}",
            "port": 1,
            "token": ACCESS_TOKEN,
            "ca_certificate": certificate,
        },
    )

    data = result["result"].data
    assert (data["host"], data["port"], data["ssl"]) == (encrypted.host, encrypted.port, True)


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"ssl": True}, {"host": "certificate_self_signed"}),
        ({"ssl": True, "ca_certificate": "no PEM"}, {"ca_certificate": "invalid_certificate"}),
        ({}, {"host": "closed_without_answer"}),
    ],
    ids=["a certificate that is not trusted", "no certificate", "without TLS"],
)
async def test_a_bridge_that_is_not_trusted_is_not_added(
    values: dict[str, object],
    errors: dict[str, str],
    hass: HomeAssistant,
    encrypted: Bridge,
) -> None:
    address = {"host": encrypted.host, "port": encrypted.port, "token": ACCESS_TOKEN}
    form = await submit(hass, await provider_form(hass, "bridge"), {**address, **values})

    assert (form["type"], form["errors"]) == (FORM, errors)


async def test_a_certificate_without_tls_is_refused_at_its_field(
    hass: HomeAssistant, bridge: Bridge, certificate: str
) -> None:
    address = {"host": bridge.host, "port": bridge.port}
    without_tls = [{"ca_certificate": certificate}, {"ssl": False, "ca_certificate": certificate}]
    form = await provider_form(hass, "bridge")

    for values in without_tls:
        form = await submit(hass, form, {**address, **values})
        assert (form["type"], form["errors"]) == (
            FORM,
            {"ca_certificate": "certificate_without_ssl"},
        )

    result = await submit(hass, form, {**address, "ca_certificate": " "})
    await hass.async_block_till_done()
    assert result["type"] == CREATED
    assert "ca_certificate" not in result["result"].data


async def test_tls_is_not_turned_off_while_a_certificate_is_stored(
    hass: HomeAssistant, encrypted: Bridge, certificate: str, bridge: Bridge
) -> None:
    address = {"host": encrypted.host, "port": encrypted.port, "token": ACCESS_TOKEN}
    tls = {"ssl": True, "ca_certificate": certificate}
    account = await add_account(hass, "bridge", {**address, **tls})
    form = await hass.config_entries.flow.async_init(
        account.domain, context={"source": "reconfigure", "entry_id": account.entry_id}
    )
    plain = {"host": bridge.host, "port": bridge.port}

    again = await submit(hass, form, {**plain, "ssl": False, "ca_certificate": certificate})

    assert again["errors"] == {"ca_certificate": "certificate_without_ssl"}
    assert account.data["ssl"] is True


async def test_a_bridge_without_tls_is_not_added_as_one_with_it(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    values = {"host": bridge.host, "port": bridge.port, "ssl": True}
    form = await submit(hass, await provider_form(hass, "bridge"), values)

    assert form["errors"] == {"host": "tls_failed"}


async def test_a_discovered_bridge_announces_that_it_encrypts(
    hass: HomeAssistant, encrypted: Bridge, certificate: str
) -> None:
    form = await announced(
        hass, encrypted.port, properties={"id": ID, "access": "token", "tls": "yes"}
    )
    asked = [str(field) for field in form["data_schema"].schema]
    result = await submit(hass, form, {"token": ACCESS_TOKEN, "ca_certificate": certificate})
    await hass.async_block_till_done()

    assert asked == ["token", "ca_certificate"]
    assert result["type"] == CREATED
    assert result["result"].data["ssl"] is True
    assert (await transcribe(hass, entity_id="stt.attic_offline")).text == WORDS


async def test_a_discovered_bridge_without_tls_asks_for_no_certificate(
    hass: HomeAssistant, bridge: Bridge
) -> None:
    form = await announced(hass, bridge.port)

    assert [str(field) for field in form["data_schema"].schema] == ["token"]

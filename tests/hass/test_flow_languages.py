"""The forms and entities offer the languages that the engine of the account supports."""

import pytest
from homeassistant.config_entries import ConfigEntry, SubentryFlowResult
from homeassistant.core import HomeAssistant

from accounts import engine
from bridges import StartBridge
from custom_components.wyoming_bridge.bridge import PROVIDERS, ProviderName
from custom_components.wyoming_bridge.languages import async_known_languages
from entity_forms import add_form, default_values, reconfigure_form, submit
from flows import CREATED, FORM, add_account, local_form, provider_form, service_form, suggested
from flows import submit as submit_account
from foreign_servers import WEB_PAGE, ForeignServers
from servers import TOKEN, JapaneseEngine, Server, StartServer
from wyoming_bridge.config import Profile
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.providers.reson8.behaviour import Reson8Behaviour
from wyoming_bridge.providers.scriptix import ScriptixSettings

DUTCH = ["nl", "nl-NL", "nl-BE"]
ENGLISH = ["en", "en-US", "en-GB", "en-AU", "en-CA", "en-IE", "en-IN", "en-NZ", "en-ZA"]


@pytest.fixture
async def local(hass: HomeAssistant, server: Server) -> ConfigEntry:
    return await add_account(hass, "local", local_form(server.url))


@pytest.fixture
async def two_languages(
    hass: HomeAssistant, start_bridge: StartBridge, server: Server
) -> ConfigEntry:
    """Add a bridge with an English profile, and then give the bridge a Dutch one."""
    bridge = await start_bridge("kitchen")
    entry = await add_account(hass, "bridge", {"host": bridge.host, "port": bridge.port})
    dutch = ScriptixSettings(url=f"{server.url}/scriptix", token=TOKEN, language="nl")
    bridge.profiles["hall"] = Profile(name="hall", backend=dutch)
    await bridge.restart()
    return entry


def _offered(form: SubentryFlowResult) -> list[str]:
    languages: list[str] = form["data_schema"].schema["language"].config["languages"]
    return languages


@pytest.mark.parametrize("protocol", ["elevenlabs", "reson8", "scriptix"])
async def test_the_entity_of_a_local_server_offers_the_language_of_the_engine(
    protocol: str, hass: HomeAssistant, server: Server
) -> None:
    await add_account(hass, "local", local_form(server.url, protocol=protocol))

    (entity_id,) = hass.states.async_entity_ids("stt")
    assert engine(hass, entity_id).supported_languages == ENGLISH


@pytest.mark.parametrize("name", ProviderName)
async def test_a_custom_server_of_a_service_offers_the_language_of_its_engine(
    name: str, hass: HomeAssistant, server: Server
) -> None:
    entry = await add_account(hass, name, service_form(server, name))
    form = await add_form(hass, entry)

    (entity_id,) = hass.states.async_entity_ids("stt")
    assert engine(hass, entity_id).supported_languages == ENGLISH
    assert form["data_schema"].schema["language"].config["languages"] == ["en"]


@pytest.mark.parametrize("name", ProviderName)
async def test_a_custom_server_of_a_service_accepts_no_other_language(
    name: str, hass: HomeAssistant, server: Server
) -> None:
    form = await provider_form(hass, name)

    again = await submit_account(hass, form, service_form(server, name, language="nl"))

    assert again["errors"] == {"language": "language_unknown"}
    assert again["description_placeholders"]["languages"] == "en"


@pytest.mark.parametrize("name", ProviderName)
async def test_a_service_itself_has_all_of_its_languages(name: str, hass: HomeAssistant) -> None:
    known = await async_known_languages(hass, {"provider": name, "token": TOKEN})

    assert known == PROVIDERS[name].capabilities.languages


async def test_a_server_that_does_not_report_its_language_has_all_languages_of_the_service(
    hass: HomeAssistant, foreign_servers: ForeignServers
) -> None:
    url = f"http://127.0.0.1:{await foreign_servers.start(WEB_PAGE)}"
    account_of_server = {"provider": "scriptix", "token": TOKEN, "url": url}

    assert await async_known_languages(hass, account_of_server) == ("en", "nl", "fr", "de")


async def test_a_language_that_the_engine_does_not_know_is_an_error_at_its_field(
    hass: HomeAssistant, server: Server
) -> None:
    form = await provider_form(hass, "local")

    again = await submit_account(hass, form, local_form(server.url, language="nl"))

    assert again["errors"] == {"language": "language_unknown"}
    assert again["description_placeholders"]["languages"] == "en"
    result = await submit_account(hass, again, local_form(server.url, language="en"))
    assert result["type"] is CREATED
    await hass.async_block_till_done()


async def test_a_language_that_the_protocol_does_not_know_is_an_error_at_its_field(
    hass: HomeAssistant, start_server: StartServer
) -> None:
    server = await start_server(engine=JapaneseEngine())
    scriptix = local_form(server.url, protocol="scriptix", language="ja")

    again = await submit_account(hass, await provider_form(hass, "local"), scriptix)
    without = await submit_account(hass, again, local_form(server.url, protocol="scriptix"))
    result = await submit_account(
        hass, without, local_form(server.url, protocol="elevenlabs", language="ja")
    )

    assert again["errors"] == {"language": "language_unknown"}
    assert again["description_placeholders"]["languages"] == "en, nl, fr, de"
    assert without["errors"] == {"protocol": "protocol_without_language"}
    assert result["type"] is CREATED
    await hass.async_block_till_done()


async def test_an_entity_of_a_local_server_can_have_only_the_language_of_the_engine(
    hass: HomeAssistant, local: ConfigEntry
) -> None:
    form = await add_form(hass, local)

    assert form["data_schema"].schema["language"].config["languages"] == ["en"]


async def test_a_server_with_another_engine_can_replace_a_local_server_if_it_knows_the_languages(
    hass: HomeAssistant, server: Server, start_server: StartServer
) -> None:
    english = await add_account(hass, "local", local_form(server.url, language="en"))
    other = await start_server(engine=JapaneseEngine())
    form = await hass.config_entries.flow.async_init(
        english.domain, context={"source": "reconfigure", "entry_id": english.entry_id}
    )

    again = await submit_account(hass, form, {"url": other.url, "protocol": "elevenlabs"})

    assert again["errors"] == {"base": "language_unknown"}
    assert again["description_placeholders"]["languages"] == "ja"
    assert english.data["url"] == server.url


async def test_the_form_of_an_entity_offers_the_languages_of_the_chosen_profile(
    hass: HomeAssistant, two_languages: ConfigEntry
) -> None:
    values = {"name": "Hall", "profile": "hall", "end_of_speech": {}, "bias": {}}
    form = await add_form(hass, two_languages)

    other = await submit(hass, form, values)
    added = await submit(hass, other, {**values, "language": "nl"})

    assert _offered(form) == ENGLISH
    assert (other["type"], other["errors"]) == (FORM, {})
    assert _offered(other) == DUTCH
    assert added["type"] is CREATED


async def test_a_language_that_the_other_profile_does_not_know_is_not_offered_again(
    hass: HomeAssistant, two_languages: ConfigEntry
) -> None:
    values = {"name": "Hall", "profile": "hall", "end_of_speech": {}, "bias": {}}

    again = await submit(hass, await add_form(hass, two_languages), {**values, "language": "en-GB"})
    added = await submit(hass, again, {**values, "language": "nl"})

    assert (again["type"], again["errors"]) == (FORM, {"language": "language_unknown"})
    assert _offered(again) == DUTCH
    assert suggested(again)["profile"] == "hall"
    assert "language" not in suggested(again)
    assert added["type"] is CREATED


async def test_the_stored_language_of_an_entity_is_not_offered_for_another_profile(
    hass: HomeAssistant, two_languages: ConfigEntry
) -> None:
    (first,) = two_languages.subentries
    values = {"name": "Hall", "profile": "hall", "end_of_speech": {}, "bias": {}}
    english = {**values, "profile": "kitchen", "language": "en"}
    await submit(hass, await reconfigure_form(hass, two_languages, first), english)

    form = await reconfigure_form(hass, two_languages, first)
    again = await submit(hass, form, {**values, "language": "en"})
    changed = await submit(hass, again, values)

    assert again["errors"] == {"language": "language_unknown"}
    assert _offered(again) == DUTCH
    assert changed["reason"] == "reconfigure_successful"
    assert two_languages.subentries[first].data["profile"] == "hall"
    assert "language" not in two_languages.subentries[first].data


async def test_a_model_that_the_service_refuses_is_an_error_of_the_form(
    hass: HomeAssistant, start_server: StartServer
) -> None:
    models = Reson8Behaviour(models={"kitchen": ("extractor hood",)})
    server = await start_server(behaviour=Behaviour(services=(models,)))
    entry = await add_account(hass, "reson8", service_form(server, "reson8"))
    (first,) = entry.subentries
    wrong = {**default_values(), "recognition": {"custom_model_id": "attic"}}
    right = {**default_values(), "recognition": {"custom_model_id": "kitchen"}}

    new = await submit(hass, await add_form(hass, entry), wrong)
    changed = await submit(hass, await reconfigure_form(hass, entry, first), wrong)

    for form in (new, changed):
        assert (form["type"], form["errors"]) == (FORM, {"base": "session_refused"})
        assert "available: kitchen" in form["description_placeholders"]["answer"]
    assert (await submit(hass, new, right))["type"] is CREATED
    assert (await submit(hass, changed, right))["reason"] == "reconfigure_successful"


async def test_settings_that_the_service_does_not_get_can_be_changed_while_it_is_down(
    hass: HomeAssistant, local: ConfigEntry, server: Server
) -> None:
    (first,) = local.subentries
    form = await reconfigure_form(hass, local, first)
    await server.pause()

    result = await submit(
        hass, form, {**default_values("Attic"), "limits": {"max_seconds_per_day": 60}}
    )

    assert result["reason"] == "reconfigure_successful"
    assert local.subentries[first].title == "Attic"


async def test_a_new_entity_needs_a_service_that_answers(
    hass: HomeAssistant, local: ConfigEntry, server: Server
) -> None:
    form = await add_form(hass, local)
    await server.pause()

    again = await submit(hass, form, default_values())

    assert (again["type"], again["errors"]) == (FORM, {"base": "connection_refused"})
    await server.start()
    assert (await submit(hass, again, default_values()))["type"] is CREATED

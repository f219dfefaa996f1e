"""The speech-to-text entity where something goes wrong, and who is told."""

import pytest
from homeassistant.components import stt
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from accounts import (
    DOMAIN,
    KITCHEN,
    SERVICES,
    account,
    add_entity,
    engine,
    hear,
    reauth_flows,
    set_up,
    spoken,
)
from passing import later
from reading import told
from servers import Server
from speaking import WORDS, Microphone, unplugged
from wyoming_bridge.local.faults import Fault, FaultKind

HALL = "stt.hall"
ERROR = stt.SpeechResult(None, stt.SpeechResultState.ERROR)


@pytest.fixture
async def gone(hass: HomeAssistant, server: Server, caplog: pytest.LogCaptureFixture) -> Server:
    """The service of an account that works went, and nobody has noticed; the log begins there."""
    await set_up(hass, account(server))
    caplog.clear()
    await server.go()
    return server


@pytest.mark.usefixtures("gone")
async def test_an_utterance_fails_when_the_service_is_gone(hass: HomeAssistant) -> None:
    microphone = Microphone()

    result = await hear(hass, microphone.stream())

    assert result == ERROR
    assert microphone.closed
    assert hass.states.get(KITCHEN).state == STATE_UNAVAILABLE


@pytest.mark.usefixtures("gone")
async def test_with_partial_results_it_fails_the_same_way(hass: HomeAssistant) -> None:
    updates = engine(hass).async_process_audio_stream_with_progress(spoken(), Microphone().stream())

    assert [each async for each in updates] == [ERROR]


async def test_the_entity_is_back_when_the_service_is(
    hass: HomeAssistant, gone: Server, caplog: pytest.LogCaptureFixture
) -> None:
    await hear(hass)
    await later(hass, minutes=1, seconds=1)
    await hear(hass)
    while_gone = told(caplog), hass.states.get(KITCHEN).state

    await gone.start()
    await later(hass, minutes=2, seconds=2)

    assert while_gone == (["ERROR"], STATE_UNAVAILABLE)
    assert hass.states.get(KITCHEN).state != STATE_UNAVAILABLE
    assert told(caplog) == ["ERROR", "INFO"]


async def test_an_utterance_that_succeeds_brings_it_back_too(
    hass: HomeAssistant, gone: Server, caplog: pytest.LogCaptureFixture
) -> None:
    await hear(hass)
    await gone.start()

    assert (await hear(hass)).text == WORDS

    assert hass.states.get(KITCHEN).state != STATE_UNAVAILABLE
    assert told(caplog) == ["ERROR", "INFO"]


async def test_each_time_that_it_goes_is_news(
    hass: HomeAssistant, gone: Server, caplog: pytest.LogCaptureFixture
) -> None:
    await hear(hass)
    await gone.start()
    await later(hass, minutes=1, seconds=1)
    await gone.go()

    await hear(hass)

    assert told(caplog) == ["ERROR", "INFO", "ERROR"]
    assert hass.states.get(KITCHEN).state == STATE_UNAVAILABLE


@pytest.mark.usefixtures("gone")
async def test_a_service_that_answers_is_not_asked_again(hass: HomeAssistant) -> None:
    await later(hass, hours=1)

    assert hass.states.get(KITCHEN).state != STATE_UNAVAILABLE


@pytest.mark.parametrize("service", SERVICES)
async def test_a_token_that_is_withdrawn_is_asked_for(
    service: str, hass: HomeAssistant, server: Server
) -> None:
    entry = account(server, service)
    await set_up(hass, entry)
    server.token = "an0ther"
    await server.restart()

    results = [await hear(hass), await hear(hass)]

    assert results == [ERROR, ERROR]
    assert reauth_flows(hass) == [entry.entry_id]


@pytest.mark.parametrize(
    ("code", "issue"),
    [
        ("quota_exceeded", "quota"),
        ("unaccepted_terms", "terms"),
        ("invalid_request", "refused"),
    ],
)
async def test_what_has_to_be_done_elsewhere_is_told_until_an_utterance_succeeds(
    code: str,
    issue: str,
    hass: HomeAssistant,
    server: Server,
    issue_registry: ir.IssueRegistry,
) -> None:
    entry = account(server, "elevenlabs")
    await set_up(hass, entry)
    server.break_with(Fault(kind=FaultKind.ERROR, after_audio_ms=0, code=code))
    result = await hear(hass)
    issues = set(issue_registry.issues)

    server.break_with(None)
    await hass.config_entries.async_reload(entry.entry_id)  # or wait a minute
    mended = await hear(hass)

    assert (result, mended.text) == (ERROR, WORDS)
    assert issues == {(DOMAIN, f"{issue}_kitchen")}
    assert not issue_registry.issues


async def test_a_daily_limit_that_is_spent_is_told_until_it_is_raised(
    hass: HomeAssistant, server: Server, issue_registry: ir.IssueRegistry
) -> None:
    entry = account(server, limits={"max_seconds_per_day": 1})
    await set_up(hass, entry)

    results = [(await hear(hass)).text, await hear(hass)]
    issues = set(issue_registry.issues)
    hass.config_entries.async_update_subentry(entry, entry.subentries["kitchen"], data={})
    await hass.async_block_till_done()

    assert results == [WORDS, ERROR]
    assert issues == {(DOMAIN, "daily_limit_kitchen")}
    assert (await hear(hass)).text == WORDS
    assert not issue_registry.issues


async def test_what_one_entity_lacks_is_not_mended_by_another(
    hass: HomeAssistant,
    server: Server,
    issue_registry: ir.IssueRegistry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = account(server, limits={"max_seconds_per_day": 1})
    await set_up(hass, entry)
    await add_entity(hass, entry, "Hall")
    await hear(hass)
    caplog.clear()

    results = [await hear(hass, entity_id=each) for each in (KITCHEN, HALL) * 2]

    assert [each.text for each in results] == [None, WORDS, None, WORDS]
    assert set(issue_registry.issues) == {(DOMAIN, "daily_limit_kitchen")}
    assert told(caplog) == ["WARNING"]


async def test_a_microphone_that_breaks_is_not_the_services_fault(
    hass: HomeAssistant, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    entry = account(server)
    await set_up(hass, entry)
    caplog.clear()

    with pytest.raises(LookupError, match="unplugged"):
        await hear(hass, unplugged())

    assert not told(caplog)
    assert not entry.runtime_data.usage.errors
    assert (await hear(hass)).text == WORDS


async def test_an_utterance_that_is_cut_off_is_heard_to_its_end(
    hass: HomeAssistant, server: Server
) -> None:
    await set_up(hass, account(server))
    server.break_with(Fault(kind=FaultKind.RESET, after_audio_ms=300, times=1))

    assert (await hear(hass)).text == WORDS

"""The steps of a check for services that work and for services that fail, on real sockets."""

import re
from contextlib import aclosing

import pytest

from emulators import service
from patience import PATIENCE_S
from stages import vllm
from transports import TOKEN
from wyoming_bridge.config import LocalBackend, Profile
from wyoming_bridge.diagnosis.check import check
from wyoming_bridge.diagnosis.steps import CheckOutcome, Step, StepName
from wyoming_bridge.errors import (
    AuthenticationError,
    BridgeError,
    ConfigError,
    ConnectTimeoutError,
    FinalTimeoutError,
    QuotaError,
    ServiceRequestError,
    StartingError,
    TermsError,
)
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.faults import Fault, FaultKind
from wyoming_bridge.providers.elevenlabs.behaviour import ElevenLabsBehaviour
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.providers.scriptix.behaviour import ScriptixBehaviour
from wyoming_bridge.testing import FakeConnector
from wyoming_bridge.transcriber import Limits

WRONG = "wr0ng-t0k3n"
PATIENT = Limits(ready_s=PATIENCE_S, final_s=0.05)
SOON = Limits(ready_s=2)
"""A short limit for services that never get ready, but long enough for the steps that succeed."""
NETWORK = [StepName.ADDRESS, StepName.PORT]
SESSION = [StepName.WEBSOCKET, StepName.SERVICE, StepName.SPEECH]


def profile(name: str, url: str, *, limits: Limits | None = None, **settings: object) -> Profile:
    backend = PROVIDERS[ProviderName(name)].settings(
        url=f"{url}/{name}", **{"token": TOKEN, **settings}
    )
    return Profile(name="checked", backend=backend, limits=limits or Limits())


async def steps_of(checked: Profile, **options: object) -> list[Step]:
    return [step async for step in check(checked, **options)]


def shown(steps: list[Step]) -> str:
    return "\n".join(f"{step!r} {step.error}" for step in steps)


@pytest.mark.parametrize("name", ProviderName)
async def test_all_steps_succeed_with_a_service_that_works(name: str, start_server) -> None:
    steps = await steps_of(profile(name, await start_server()))

    assert [step.name for step in steps] == [*NETWORK, *SESSION]
    assert {step.outcome for step in steps} == {CheckOutcome.OK}
    assert steps[0].text == "127.0.0.1 resolves to 127.0.0.1"
    assert steps[-2].text.startswith("the token is accepted, and the service is ready for audio")
    assert re.fullmatch(r"the service answered after \d+ ms: .+", steps[-1].text)
    assert TOKEN not in shown(steps)


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("elevenlabs", StepName.SERVICE),
        ("reson8", StepName.WEBSOCKET),
        ("scriptix", StepName.SERVICE),
    ],
)
async def test_a_wrong_token_fails_in_the_step_in_which_the_service_checks_it(
    name: str, where: StepName, start_server
) -> None:
    steps = await steps_of(profile(name, await start_server(), token=WRONG))

    assert (steps[-1].name, steps[-1].outcome) == (where, CheckOutcome.FAILED)
    assert isinstance(steps[-1].error, AuthenticationError)
    assert {step.outcome for step in steps[:-1]} == {CheckOutcome.OK}
    assert WRONG not in shown(steps)


@pytest.mark.parametrize(
    ("behaviour", "where", "error"),
    [
        (ElevenLabsBehaviour(quota_s=0.1), StepName.SPEECH, QuotaError),
        (ElevenLabsBehaviour(terms_accepted=False), StepName.SERVICE, TermsError),
    ],
    ids=["quota", "terms"],
)
async def test_a_problem_of_the_account_is_reported(
    behaviour: ElevenLabsBehaviour, where: StepName, error: type[BridgeError], start_server
) -> None:
    url = await start_server(behaviour=Behaviour(services=(behaviour,)))

    *_, last = await steps_of(profile("elevenlabs", url))

    assert (last.name, type(last.error)) == (where, error)


async def test_a_service_that_accepts_audio_and_never_answers_fails(start_server) -> None:
    url = await start_server(fault=Fault(kind=FaultKind.SILENT))

    *_, last = await steps_of(profile("reson8", url, limits=SOON))

    assert (last.name, type(last.error)) == (StepName.SPEECH, FinalTimeoutError)


async def test_a_service_that_never_gets_ready_fails(start_server) -> None:
    url = await start_server(fault=Fault(kind=FaultKind.SILENT))

    *_, last = await steps_of(profile("scriptix", url, limits=SOON))

    assert (last.name, type(last.error)) == (StepName.SERVICE, ConnectTimeoutError)
    assert last.text == "the service was still loading after 2 s"


async def test_the_check_reports_that_it_waits_for_a_service_to_start(start_server) -> None:
    url = await start_server(behaviour=Behaviour(services=(ScriptixBehaviour(start_s=60),)))

    address, port, *waits, last = await steps_of(profile("scriptix", url, limits=SOON))

    assert [address.name, port.name] == NETWORK
    # The wait is reported every 2 s, so there can be two reports within the limit of 2 s.
    assert {(wait.name, wait.outcome) for wait in waits} == {
        (StepName.WEBSOCKET, CheckOutcome.WAITING)
    }
    assert waits[0].text == "the service is starting ..."
    assert (last.name, type(last.error)) == (StepName.WEBSOCKET, StartingError)


async def test_the_check_continues_when_the_service_has_started(start_server) -> None:
    steps = await steps_of(profile("scriptix", await start_server(), initialize="always"))

    assert [step.outcome for step in steps].count(CheckOutcome.WAITING) == 1
    assert (steps[-1].name, steps[-1].outcome) == (StepName.SPEECH, CheckOutcome.OK)


@pytest.mark.parametrize(
    ("language", "outcome"), [("nl-BE", CheckOutcome.OK), ("ja", CheckOutcome.HINT)]
)
async def test_a_language_that_is_not_known_to_be_supported_is_a_hint(
    language: str, outcome: CheckOutcome, start_server
) -> None:
    first, *_, last = await steps_of(profile("scriptix", await start_server(), language=language))

    assert (first.name, first.outcome) == (StepName.LANGUAGE, outcome)
    assert last.outcome is CheckOutcome.OK


async def test_a_language_that_the_service_refuses_fails(start_server) -> None:
    first, *_, last = await steps_of(profile("reson8", await start_server(), language="ja"))

    assert first.text == "Reson8 is not known to support ja; the request is sent anyway"
    assert (last.name, type(last.error)) == (StepName.WEBSOCKET, ServiceRequestError)
    assert "language: must be one or several of de, en" in last.text


async def test_the_server_that_answers_decides_which_languages_are_known() -> None:
    checked = profile("openai", "ws://127.0.0.1:1", model="m", language="nl")
    steps = await steps_of(checked, connector=FakeConnector(service("openai")))
    names = [step.name for step in steps]
    assert names == [StepName.WEBSOCKET, StepName.SERVICE, StepName.LANGUAGE, StepName.SPEECH]
    assert steps[2].text == "OpenAI is known to support nl"


async def test_check_does_not_say_that_a_server_without_languages_supports_one() -> None:
    checked = profile("openai", "ws://127.0.0.1:1", model="m", language="nl")
    steps = await steps_of(checked, connector=FakeConnector(vllm()))
    assert StepName.LANGUAGE not in [step.name for step in steps]
    [hint] = [step for step in steps if step.outcome is CheckOutcome.HINT]
    assert hint.text == "vLLM does not use these settings: language"


async def test_a_warning_of_the_service_is_a_hint(start_server) -> None:
    url = await start_server(
        behaviour=Behaviour(services=(ScriptixBehaviour(shutting_down_at=2_000_000_000),))
    )

    steps = await steps_of(profile("scriptix", url))

    hints = [step.text for step in steps if step.outcome is CheckOutcome.HINT]
    assert hints == ["the service will shut down soon (at 2000000000, in seconds since 1970)"]
    assert steps[-1].outcome is CheckOutcome.OK


async def test_the_server_of_a_local_profile_is_started_first() -> None:
    offline = Profile(name="offline", backend=LocalBackend(engine="scripted"))

    steps = await steps_of(offline)

    assert [step.name for step in steps] == [StepName.LOCAL, *SESSION]
    assert {step.outcome for step in steps} == {CheckOutcome.OK}
    assert steps[2].text.startswith("the service is ready for audio")


async def test_a_local_server_that_cannot_be_started_is_the_only_step() -> None:
    offline = Profile(name="offline", backend=LocalBackend(engine="nonsense"))

    (only,) = await steps_of(offline)

    assert (only.name, type(only.error)) == (StepName.LOCAL, ConfigError)


async def test_with_a_connector_of_the_caller_the_network_steps_are_left_out() -> None:
    connector = FakeConnector(service("reson8", tokens=frozenset({TOKEN})))
    checked = Profile(name="checked", backend=Reson8Settings(token=TOKEN))

    steps = await steps_of(checked, connector=connector)

    assert [step.name for step in steps] == SESSION
    assert {step.outcome for step in steps} == {CheckOutcome.OK}


@pytest.mark.parametrize("count", range(1, 6))
async def test_a_check_can_be_closed_after_any_step(count: int, start_server) -> None:
    async with aclosing(check(profile("elevenlabs", await start_server()))) as steps:
        seen = [await anext(steps) for _ in range(count)]

    assert len(seen) == count  # conftest.py asserts that no task remains

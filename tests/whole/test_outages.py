"""Services that are slow or unreachable for a moment, on real sockets and at the pace of speech.

All cases run at the same time, because each one takes seconds of real time.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from fake_runs import ALL, ELEVENLABS, RESON8, SCRIPTIX, TEXT, TOKEN, Kind, a_profile, result_of
from fakes import FakeService, Faults, Outage, silence, speech
from proxying import SERVICE, http_proxy
from wyoming_bridge import Profile, Result
from wyoming_bridge.app.backends import Backends
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.local.engines.scripted import ScriptedEngine
from wyoming_bridge.local.service import LocalServer

SPEECH = speech(TEXT) + silence(300)
SECOND = 32_000
SLOW_UPGRADES = Faults(upgrade_delay_s=7)


async def at_the_pace_of_speech() -> AsyncIterator[bytes]:
    for start in range(0, len(SPEECH), 2048):
        yield SPEECH[start : start + 2048]
        await asyncio.sleep(2048 / SECOND)


async def spoken_to(kind: Kind, service: FakeService) -> Result:
    result = await result_of(a_profile(kind, service), at_the_pace_of_speech())
    assert isinstance(result, Result), result
    return result


async def during(outage: Outage, kind: Kind, length_s: float) -> tuple[str, bool, bool]:
    """Return the text, whether it is complete, and whether more than two sessions got audio."""
    async with kind.fake() as service, asyncio.TaskGroup() as group:
        speaking = group.create_task(spoken_to(kind, service))
        await asyncio.sleep(0.6)
        await service.down_for(length_s, outage)
        result = await speaking
        got_audio = [record for record in service.records if record.audio]
        return result.text, result.complete, len(got_audio) > 2


async def test_an_outage_of_some_seconds_loses_no_word() -> None:
    """One session gets audio before the outage, unless the machine is slow, and one after it.

    How soon the answer comes is tested in virtual time.
    """
    cases = [
        *((outage, kind, 1) for outage in Outage for kind in ALL),
        (Outage.REFUSED, RESON8, 2),
        (Outage.BLACK_HOLE, ELEVENLABS, 4),
        (Outage.DEAF, RESON8, 4),
    ]

    results = await asyncio.gather(*(during(*case) for case in cases))

    assert dict(zip(cases, results, strict=True)) == dict.fromkeys(cases, (TEXT, True, False))


async def of_slow(kind: Kind, faults: Faults) -> tuple[str, int, bool]:
    """Return the text, how many sessions got audio, and whether over 0.1 s of it was sent twice."""
    async with kind.fake(faults=faults) as service:
        result = await spoken_to(kind, service)
        got_audio = [record for record in service.records if record.audio]
        return result.text, len(got_audio), service.audio_ms > len(SPEECH) // 32 + 100


async def test_a_slow_service_that_is_alive_gets_the_audio_once() -> None:
    cases = [
        *((kind, Faults(final_delay_s=2)) for kind in ALL),
        *((kind, Faults(upgrade_delay_s=2.5)) for kind in ALL),
        *((kind, Faults(first_message_delay_s=2.5)) for kind in (ELEVENLABS, SCRIPTIX)),
        *((kind, Faults(answers_pings=False)) for kind in ALL),
    ]

    results = await asyncio.gather(*(of_slow(*case) for case in cases))

    assert results == [(TEXT, 1, False)] * len(cases)


async def test_our_local_server_gets_the_audio_once_however_slow_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # More often than usual, so that the test does not depend on the machine's speed.
    monkeypatch.setattr("wyoming_bridge.local.sender.WORKING_PONG_S", 0.1)
    server = LocalServer(engine=ScriptedEngine(flush_delay_s=5))
    await server.start()

    async def connections_of(kind: Kind) -> int:
        backend = kind.settings(url=f"{server.url}/{kind.name}", token=TOKEN)
        profile = Profile(name="kitchen", backend=backend, endpointing=RECORDING)
        result = await result_of(profile, at_the_pace_of_speech())
        assert isinstance(result, Result), result
        return result.connections

    connections = await asyncio.gather(*map(connections_of, (ELEVENLABS, RESON8, SCRIPTIX)))
    await server.stop()

    assert connections == [1, 1, 1]


async def attempts_of_two_utterances(service: FakeService, profile: Profile) -> list[int]:
    """Return how many upgrades the service got for each utterance."""
    attempts = []
    async with Backends([profile]) as backends:
        for _ in range(2):
            before = service.attempts
            updates = backends.transcribe(
                at_the_pace_of_speech(), source=PCM_16K_MONO, profile=profile
            )
            results = [each async for each in updates if isinstance(each, Result)]
            assert [(each.text, each.complete) for each in results] == [(TEXT, True)]
            attempts.append(service.attempts - before)
    return attempts


async def attempts_directly(kind: Kind) -> list[int]:
    async with kind.fake(faults=SLOW_UPGRADES) as service:
        return await attempts_of_two_utterances(service, a_profile(kind, service))


async def attempts_behind_a_proxy(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    async with kind.fake(faults=SLOW_UPGRADES) as service, http_proxy() as proxy:
        proxy.target = ("127.0.0.1", service.port)
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        profile = a_profile(kind, service)
        behind = replace(profile.backend, url=f"ws://{SERVICE}", plain_ws_hosts=(SERVICE,))
        return await attempts_of_two_utterances(service, replace(profile, backend=behind))


async def test_a_service_whose_upgrades_are_slow_gets_few_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    results = await asyncio.gather(
        attempts_directly(RESON8),
        attempts_directly(ELEVENLABS),
        attempts_behind_a_proxy(RESON8, monkeypatch),
    )

    for first, second in results:
        assert first <= 9  # most of them after the speech, when the user waits
        assert second <= 3  # the first utterance has learnt how long the service takes


async def test_a_service_whose_finals_are_late_gets_the_next_utterance_once() -> None:
    async def attempts_of(kind: Kind) -> list[int]:
        async with kind.fake(faults=Faults(final_delay_s=4)) as service:
            return await attempts_of_two_utterances(service, a_profile(kind, service))

    assert await asyncio.gather(*map(attempts_of, ALL)) == [[2, 1]] * len(ALL)


async def test_an_utterance_survives_refusals_during_the_speech() -> None:
    async def refused(kind: Kind) -> str:
        async with kind.fake() as service:
            service.next_faults.extend([Faults(at_connect=Outage.UNAVAILABLE)] * 3)
            return (await spoken_to(kind, service)).text

    assert await asyncio.gather(*map(refused, (RESON8, ELEVENLABS))) == [TEXT, TEXT]

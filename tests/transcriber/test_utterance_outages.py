"""How late an answer is after an outage, with the client of each provider and in virtual time.

Unlike the simulation in ``test_recognition_outages``, these tests use the sessions of the product
and asyncio's tasks and timers. A service answers an upgrade after 0.2 s.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum

import pytest

from emulators import UNCUT, service
from paused_speech import SPEECH, SPOKEN
from utterances import an_utterance
from wyoming_bridge.endpointing import Endpointing
from wyoming_bridge.errors import ConnectError
from wyoming_bridge.providers.contract import ConnectRequest
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName, new_client
from wyoming_bridge.testing import FakeConnector, FakeTransport
from wyoming_bridge.transcriber import Limits, OpeningTime

pytestmark = pytest.mark.once

CHUNK_MS = 20
UPGRADE_S = 0.2


class Outage(StrEnum):
    REFUSED = "refused"
    DEAF = "deaf host"
    BLACK_HOLE = "black hole"


class BrokenConnector(FakeConnector):
    """A connector whose service can be down."""

    outage: Outage | None = None

    async def open(
        self, request: ConnectRequest, *, provider: str, on_accepted: Callable[[], None]
    ) -> FakeTransport:
        match self.outage:
            case Outage.REFUSED:
                raise ConnectError("refused", provider=provider)
            case Outage.BLACK_HOLE:
                on_accepted()
                await asyncio.Future()
            case Outage.DEAF:
                await asyncio.Future()
        await asyncio.sleep(UPGRADE_S)
        return await super().open(request, provider=provider, on_accepted=on_accepted)

    async def break_down(self, outage: Outage, *, at_s: float, length_s: float) -> float:
        """Begin an outage after a time and end it; return when it ended."""
        await asyncio.sleep(at_s)
        self.outage = outage
        for transport in self.transports:
            if outage is Outage.REFUSED:
                transport.end(code=None)
            else:
                transport.go_silent()
        await asyncio.sleep(length_s)
        self.outage = None
        return asyncio.get_running_loop().time()


@pytest.mark.parametrize("at_s", [0, 0.6, 1.3], ids=["before the first session", "words", "pause"])
@pytest.mark.parametrize("outage", Outage)
@pytest.mark.parametrize("name", ProviderName)
async def test_the_answer_comes_within_1_s_after_the_service_is_back(
    name: ProviderName, outage: Outage, at_s: float
) -> None:
    connector = BrokenConnector(service(name, behaviour=UNCUT))
    provider, loop = PROVIDERS[name], asyncio.get_running_loop()
    async with (
        an_utterance(
            connector,
            client=lambda: new_client(provider.settings()),
            limits=Limits(),
            endpointing=Endpointing(source="client"),
            can_flush=provider.capabilities.flush,
            opening_time=OpeningTime(),
        ) as utterance,
        asyncio.TaskGroup() as group,
    ):
        down = group.create_task(connector.break_down(outage, at_s=at_s, length_s=4.3))
        await asyncio.sleep(0.01)
        for start in range(0, len(SPEECH), 32 * CHUNK_MS):
            utterance.feed(SPEECH[start : start + 32 * CHUNK_MS])
            await asyncio.sleep(CHUNK_MS / 1000)
        utterance.finish()
        result = await utterance.result()
        answered_at, back_at = loop.time(), await down

    assert (result.text, result.complete) == (SPOKEN, True)
    assert answered_at - back_at <= 1

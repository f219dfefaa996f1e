"""A bridge whose local server has no voice left refuses the client, and logs that in one line."""

import logging

import pytest

from serving import serving
from sessions import noise
from stuck_engine import StuckEngine
from wyoming_bridge.config import Address, Config, Profile
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName
from wyoming_bridge.transcriber import Limits


@pytest.mark.parametrize("name", ProviderName)
async def test_a_full_recogniser_gives_the_client_one_error_and_the_log_one_line(
    name: ProviderName, start_bridge, speak, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(LocalServer(engine=StuckEngine(max_voices=0))) as server:
        profile = Profile(
            name="kitchen",
            backend=PROVIDERS[name].settings(url=server.url, token="any"),
            endpointing=RECORDING,
            limits=Limits(connections=2),  # the second attempt is not logged
        )
        listen = Address(host="127.0.0.1", port=0)
        place = await start_bridge(Config(listen=listen, profiles=(profile,)))
        received = await speak(place, noise(words=3))

    said = "max 0 concurrent voices reached"
    assert (received.answer.type, received.answer.data["code"]) == ("error", "rate_limited")
    assert said in received.answer.data["text"]
    (line,) = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert (line.levelname, said in line.getMessage()) == ("WARNING", True)

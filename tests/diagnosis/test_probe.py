"""A probe on real sockets: whether the service would take audio, without any."""

import pytest

from patience import PATIENCE_S
from transports import TOKEN
from wyoming_bridge.app.backends import Backends
from wyoming_bridge.config import Profile
from wyoming_bridge.diagnosis.probe import probe
from wyoming_bridge.errors import AuthenticationError, ConnectError, ConnectTimeoutError
from wyoming_bridge.local.faults import Fault, FaultKind
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName
from wyoming_bridge.transcriber import Limits


def profile(name: str, url: str, *, token: str = TOKEN, ready_s: float = PATIENCE_S) -> Profile:
    backend = PROVIDERS[ProviderName(name)].settings(url=f"{url}/{name}", token=token)
    return Profile(name="probed", backend=backend, limits=Limits(ready_s=ready_s))


async def probed(tried: Profile) -> Backends:
    async with Backends([tried]) as backends:
        await probe(backends, tried)
        return backends


@pytest.mark.parametrize("name", ProviderName)
async def test_a_service_that_works_is_asked_for_nothing(name: str, start_server) -> None:
    backends = await probed(profile(name, await start_server()))

    assert backends.usage.budget("probed").spent_s == 0


@pytest.mark.parametrize("name", ProviderName)
async def test_a_wrong_token_is_told(name: str, start_server) -> None:
    url = await start_server()

    with pytest.raises(AuthenticationError):
        await probed(profile(name, url, token="wrong"))


async def test_nobody_there_is_told() -> None:
    with pytest.raises(ConnectError, match="refuses connections"):
        await probed(profile("reson8", "ws://127.0.0.1:9"))


async def test_a_service_that_never_gets_ready_is_given_up(start_server) -> None:
    url = await start_server(fault=Fault(kind=FaultKind.SILENT))

    with pytest.raises(ConnectTimeoutError, match=r"still loading after 2 s"):
        await probed(profile("scriptix", url, ready_s=2))

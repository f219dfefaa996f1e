"""A probe finds out whether a service is ready, and sends no audio, on real sockets."""

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


async def run_probe(profile: Profile) -> Backends:
    async with Backends([profile]) as backends:
        await probe(backends, profile)
        return backends


@pytest.mark.parametrize("name", ProviderName)
async def test_a_probe_of_a_service_that_works_sends_no_audio(name: str, start_server) -> None:
    backends = await run_probe(profile(name, await start_server()))

    assert backends.usage.budget("probed").spent_s == 0


@pytest.mark.parametrize("name", ProviderName)
async def test_a_wrong_token_is_an_error(name: str, start_server) -> None:
    url = await start_server()

    with pytest.raises(AuthenticationError):
        await run_probe(profile(name, url, token="wrong"))


async def test_a_closed_port_is_an_error() -> None:
    with pytest.raises(ConnectError, match="refuses connections"):
        await run_probe(profile("reson8", "ws://127.0.0.1:9"))


async def test_a_service_that_never_gets_ready_is_an_error(start_server) -> None:
    url = await start_server(fault=Fault(kind=FaultKind.SILENT))

    with pytest.raises(ConnectTimeoutError, match=r"still loading after 2 s"):
        await run_probe(profile("scriptix", url, ready_s=2))


@pytest.mark.parametrize(
    ("name", "server"), [("openai", "OpenAI"), ("reson8", None), ("scriptix", None)]
)
async def test_a_probe_returns_what_the_server_reports(
    name: str, server: str | None, start_server
) -> None:
    chosen = profile(name, await start_server())
    async with Backends([chosen]) as backends:
        reported = await probe(backends, chosen)

    assert reported.server == server
    assert (reported.capabilities is None) == (server is None)
    assert ("bias_strength" in reported.unused_settings) == (name == "openai")

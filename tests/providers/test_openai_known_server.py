"""What a session can do if the settings name the server."""

import pytest

from wyoming_bridge import PROVIDERS, OpenAISettings, ProviderName
from wyoming_bridge.providers.openai import known_server
from wyoming_bridge.providers.openai.client.dialects import DIALECTS
from wyoming_bridge.providers.openai.protocol import DialectName

URL = "wss://gpu.example"


@pytest.mark.parametrize("dialect", DialectName)
def test_a_dialect_has_the_capabilities_of_its_server(dialect: DialectName) -> None:
    settings = OpenAISettings(url=URL, model="voxtral", dialect=dialect)

    server = known_server(settings)

    row = DIALECTS[dialect]
    assert server
    assert (server.server, server.capabilities) == (row.title, row.capabilities(settings))
    assert set(server.unused_settings) == row.ignores(settings)


def test_openai_itself_is_known_by_its_address() -> None:
    settings = OpenAISettings(model="gpt-realtime-whisper")

    server = known_server(settings)

    assert server
    assert server.capabilities == DIALECTS[DialectName.GA].capabilities(settings)


def test_a_detected_dialect_is_not_known_before_the_server_answers() -> None:
    assert known_server(OpenAISettings(url=URL)) is None


@pytest.mark.parametrize("provider", sorted(set(ProviderName) - {ProviderName.OPENAI}))
def test_other_protocols_have_no_servers_to_tell_apart(provider: ProviderName) -> None:
    row = PROVIDERS[provider]

    assert (row.known_server, row.has_several_servers) == (None, False)
    assert known_server(row.settings()) is None

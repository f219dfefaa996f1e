"""The emulated Scriptix: tokens, parameters and audio formats."""

import pytest

from scriptix_servers import START, accepted, sent
from wyoming_bridge.audio import AudioFormat, Encoding
from wyoming_bridge.media.container import Container
from wyoming_bridge.providers.serving import Close

TOKENS = frozenset({"right", "also right"})


def test_without_tokens_every_client_is_accepted() -> None:
    server = accepted()
    assert server.close is None
    assert server.messages_to_send() == []
    assert server.subprotocol is None


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({"token": ["right"]}, {}),
        ({"token": ["also right"]}, {}),
        ({}, {"x-zoom-s2t-key": "right"}),
        ({}, {"x-api-key": "right"}),
        ({}, {"api-key": "right"}),
    ],
)
def test_the_right_token_is_accepted_in_each_place(
    query: dict[str, list[str]], headers: dict[str, str]
) -> None:
    server = accepted(query, headers=headers, tokens=TOKENS)
    assert server.close is None
    server.receive_message(START, now=0)
    assert server.messages_to_send() == ['{"state":"listening"}']


@pytest.mark.parametrize(
    ("query", "headers", "said"),
    [
        ({}, {}, "Missing Token: Configuration requires authentication token"),
        ({"token": [""]}, {}, "Missing Token: Configuration requires authentication token"),
        ({"token": ["wrong"]}, {}, "Authentication failed: the token is not valid"),
        ({}, {"x-api-key": "wrong"}, "Authentication failed: the token is not valid"),
        (
            {},
            {"authorization": "Bearer right"},
            "Missing Token: Configuration requires authentication token",
        ),
        ({"type": ["slow"], "token": ["right"]}, {}, "type: must be fast or quality, got 'slow'"),
    ],
)
def test_a_refused_session_gets_its_error_on_the_open_websocket(
    query: dict[str, list[str]], headers: dict[str, str], said: str
) -> None:
    server = accepted(query, headers=headers, tokens=TOKENS)
    assert sent(server) == [{"error": said}]
    assert server.close == Close(code=1000)


def test_a_refused_session_gets_only_the_error() -> None:
    server = accepted(tokens=TOKENS)
    server.messages_to_send()
    server.receive_message(START, now=0)
    server.receive_message(b"audio", now=0)
    assert server.messages_to_send() == []
    assert server.commands_received() == []


@pytest.mark.parametrize("query", [{}, {"type": ["fast"]}, {"type": ["quality"]}, {"type": [""]}])
def test_the_type_is_optional(query: dict[str, list[str]]) -> None:
    assert accepted(query).close is None


def test_audio_may_be_a_wav_stream() -> None:
    server = accepted()
    assert server.containers == {Container.WAV}
    assert server.audio_format == AudioFormat(
        encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=1
    )

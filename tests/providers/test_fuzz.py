"""Any data from the network leads to errors of the package, and to no other exception."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators import service
from examples import examples
from wire_messages import CLIENT_MESSAGES, ENDINGS, SERVICE_MESSAGES
from wyoming_bridge.errors import ProtocolViolationError, RemoteError
from wyoming_bridge.events import Failed, Finished, SessionEvent, State
from wyoming_bridge.providers.contract import ClientProtocol, HttpAnswer
from wyoming_bridge.providers.elevenlabs import ElevenLabsSettings
from wyoming_bridge.providers.elevenlabs import reader as elevenlabs_reader
from wyoming_bridge.providers.openai import OpenAISettings
from wyoming_bridge.providers.openai import client_messages as openai_client
from wyoming_bridge.providers.openai import reader as openai_reader
from wyoming_bridge.providers.registry import new_client
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.providers.reson8 import reader as reson8
from wyoming_bridge.providers.scriptix import ScriptixSettings
from wyoming_bridge.providers.scriptix import reader as scriptix
from wyoming_bridge.providers.server_request import ServerRequest
from wyoming_bridge.providers.serving import End, EndSegment, Feed, Flush, ServerProtocol
from wyoming_bridge.providers.settings import Settings

pytestmark = pytest.mark.once

wire = examples(thorough=40)

PROVIDERS = list(SERVICE_MESSAGES)
SERVERS = list(CLIENT_MESSAGES)
SETTINGS: dict[str, Callable[[], Settings]] = {
    "elevenlabs": ElevenLabsSettings,
    "reson8": Reson8Settings,
    "scriptix": ScriptixSettings,
    "openai": OpenAISettings,
    **{
        name: partial(OpenAISettings, model="m", dialect=name)
        for name in ("vllm", "speaches", "localai", "nim")
    },
}
GREETINGS: dict[str, list[str]] = {
    "elevenlabs": ['{"message_type":"session_started"}'],
    "reson8": [],
    "scriptix": ['{"state":"listening"}'],
    "vllm": ['{"type":"session.created","id":"s"}'],
    "nim": ['{"type":"conversation.created"}', '{"type":"transcription_session.updated"}'],
    **{
        key: ['{"type":"session.created","session":{}}', '{"type":"session.updated"}']
        for key in ("openai", "speaches", "localai")
    },
}
Decoder = Callable[[str], object]
DECODERS: list[tuple[Decoder, list[object]]] = [
    (elevenlabs_reader.read_server_message, SERVICE_MESSAGES["elevenlabs"] + ENDINGS["elevenlabs"]),
    (reson8.read_server_message, SERVICE_MESSAGES["reson8"] + ENDINGS["reson8"]),
    (scriptix.read_server_message, SERVICE_MESSAGES["scriptix"] + ENDINGS["scriptix"]),
    *(
        (openai_reader.read_server_message, SERVICE_MESSAGES[name] + ENDINGS[name])
        for name in ("openai", "vllm", "nim")
    ),
    (openai_client.read_client_message, CLIENT_MESSAGES["openai"]),
    (elevenlabs_reader.read_client_message, CLIENT_MESSAGES["elevenlabs"]),
    (reson8.read_client_message, CLIENT_MESSAGES["reson8"]),
    (scriptix.read_client_message, CLIENT_MESSAGES["scriptix"]),
]

TEXTS = st.text(
    st.characters(), max_size=20
)  # with halves of surrogate pairs, which JSON can contain
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


def like(value: object) -> st.SearchStrategy[object]:
    """Generate values of the same type, so that they pass a check of the type."""
    match value:
        case bool() | None | dict() | list():
            return VALUES
        case int() | float():
            return st.floats() | st.integers() | st.just(10**400)
        case _:
            return TEXTS


@st.composite
def mutated(draw: st.DrawFn, examples: list[object]) -> str:
    """Generate a valid message in which one value is changed or missing."""
    message = json.loads(json.dumps(draw(st.sampled_from(examples))))
    place = draw(st.sampled_from(list(containers(message))))
    key = draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
    change = draw(st.sampled_from([like(place[key]), like(place[key]), VALUES, None]))
    if change is None:
        del place[key]
    else:
        place[key] = draw(change)
    return json.dumps(message)


def containers(value: object) -> list[dict[str, object] | list[object]]:
    """Return each object and list in a message, without empty ones."""
    if not value or not isinstance(value, (dict, list)):
        return []
    inner = list(value.values()) if isinstance(value, dict) else value
    return [value, *(found for each in inner for found in containers(each))]


def malformed(examples: list[object]) -> st.SearchStrategy[str]:
    """Generate messages from random text to almost valid ones."""
    return (
        st.text()
        | VALUES.map(json.dumps)
        | mutated(examples)
        | st.sampled_from(examples).map(json.dumps)
        | st.tuples(st.sampled_from(examples).map(json.dumps), st.integers(0, 60)).map(
            lambda cut: cut[0][: cut[1]]
        )
    )


def script(examples: list[object], endings: list[object]) -> st.SearchStrategy[list[str | bytes]]:
    """Generate the messages of a session: first almost valid ones, and then any messages."""
    well = st.sampled_from(examples).map(json.dumps)
    almost = st.lists(well | mutated(examples), max_size=8)
    anything = st.lists(st.binary(max_size=64) | malformed(examples + endings), max_size=4)
    return st.tuples(almost, anything).map(lambda parts: [*parts[0], *parts[1]])


def ready(provider: str) -> ClientProtocol:
    client = new_client(SETTINGS[provider]())
    client.connect()
    client.receive_open(now=0.0)
    for greeting in GREETINGS[provider]:
        client.receive_message(greeting, now=0.0)
    return client


def opened_server(provider: str) -> ServerProtocol:
    request = ServerRequest(query={"model_id": ["m"]}, headers={})
    server = service(provider)(request, 0)
    assert not isinstance(server, HttpAnswer)
    server.open(now=0)
    return server


def ends(events: list[SessionEvent]) -> list[SessionEvent]:
    return [event for event in events if isinstance(event, (Failed, Finished))]


def assert_can_be_passed_on(events: list[SessionEvent]) -> None:
    """Check that receivers can encode every text as UTF-8 and every number as JSON."""
    for event in events:
        fields = {} if isinstance(event, Failed) else asdict(event)
        json.dumps(fields, ensure_ascii=False, allow_nan=False).encode()


@pytest.mark.parametrize(("decoder", "examples"), DECODERS)
@wire
@given(data=st.data())
def test_a_reader_raises_only_protocol_violations(
    decoder: Decoder, examples: list[object], data: st.DataObject
) -> None:
    message = data.draw(malformed(examples))
    with suppress(ProtocolViolationError):
        decoder(message)


@pytest.mark.parametrize("provider", PROVIDERS)
@wire
@given(data=st.data())
def test_a_client_raises_nothing_on_any_messages_and_ends_at_most_once(
    provider: str, data: st.DataObject
) -> None:
    client = ready(provider)
    for message in data.draw(script(SERVICE_MESSAGES[provider], ENDINGS[provider])):
        client.receive_message(message, now=0.0)
    events = client.events_received()
    assert len(ends(events)) == client.state.is_over
    assert_can_be_passed_on(events)


@pytest.mark.parametrize("provider", PROVIDERS)
@wire
@given(data=st.data())
def test_a_finishing_client_raises_nothing_and_ends_at_most_once(
    provider: str, data: st.DataObject
) -> None:
    client = ready(provider)
    client.send_audio(bytes(3200), now=0.0)
    client.finish(now=0.0)
    for number, message in enumerate(
        data.draw(script(SERVICE_MESSAGES[provider], ENDINGS[provider]))
    ):
        client.receive_message(message, now=number / 10)
        client.handle_timeout(now=number / 10)
    client.receive_close(code=1000, reason="")
    events = client.events_received()
    assert len(ends(events)) == 1
    assert client.state.is_over
    assert_can_be_passed_on(events)


@pytest.mark.parametrize("provider", PROVIDERS)
@wire
@given(data=st.data())
def test_a_client_that_is_not_ready_yet_raises_nothing(provider: str, data: st.DataObject) -> None:
    client = new_client(SETTINGS[provider]())
    client.connect()
    client.send_audio(bytes(3200), now=0.0)
    client.finish(now=0.0)
    client.receive_open(now=0.0)
    for message in data.draw(script(SERVICE_MESSAGES[provider], ENDINGS[provider])):
        client.receive_message(message, now=0.0)
    assert len(ends(client.events_received())) == client.state.is_over


@pytest.mark.parametrize("provider", PROVIDERS)
@wire
@given(noise=st.text().filter(lambda text: not text.strip().startswith("{")) | st.binary())
def test_a_client_fails_exactly_once_on_noise(provider: str, noise: str | bytes) -> None:
    client = ready(provider)
    client.events_received()
    client.receive_message(noise, now=0.0)
    client.receive_message(noise, now=0.0)
    client.receive_close(code=None, reason="")
    [failed] = ends(client.events_received())
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, RemoteError)
    assert failed.error.provider == ready(provider).provider
    assert client.state is State.ERROR


@pytest.mark.parametrize("provider", SERVERS)
@wire
@given(data=st.data())
def test_a_server_raises_nothing_on_any_messages_and_answers_in_json(
    provider: str, data: st.DataObject
) -> None:
    server = opened_server(provider)
    for message in data.draw(script(CLIENT_MESSAGES[provider], [])):
        server.receive_message(message, now=0)
    for command in server.commands_received():
        assert isinstance(command, (Feed, Flush, End, EndSegment))
    for answer in server.messages_to_send():
        assert isinstance(answer, str)
        assert isinstance(json.loads(answer.encode()), dict)


@pytest.mark.parametrize("provider", SERVERS)
@wire
@given(
    query=st.dictionaries(
        st.sampled_from(
            [
                "model_id",
                "audio_format",
                "commit_strategy",
                "include_timestamps",
                "keyterms",
                "token",
                "type",
                "encoding",
                "sample_rate",
                "channels",
                "include_words",
            ]
        ),
        st.lists(st.text(max_size=8) | st.sampled_from(["true", "16000", "auto"]), max_size=2),
    ),
    headers=st.dictionaries(
        st.sampled_from(["authorization", "sec-websocket-protocol", "xi-api-key", "api-key"]),
        st.text(max_size=20) | st.sampled_from(["bearer, t", "ApiKey t", "t"]),
    ),
    tokens=st.sampled_from([frozenset[str](), frozenset({"t"})]),
)
def test_a_server_answers_every_upgrade_and_raises_nothing(
    provider: str,
    query: dict[str, list[str]],
    headers: dict[str, str],
    tokens: frozenset[str],
) -> None:
    request = ServerRequest(query=query, headers=headers)
    answer = service(provider, tokens=tokens)(request, 0)
    assert answer is not None

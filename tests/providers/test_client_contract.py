"""The contract of a client, tested with all providers."""

from collections.abc import Callable

import pytest

from emulated_messages import Service, emulated
from wyoming_bridge.errors import (
    ConnectError,
    ConnectionLostError,
    LifecycleError,
    ProtocolViolationError,
)
from wyoming_bridge.events import (
    Failed,
    PartialText,
    SessionStarted,
    State,
    StateChanged,
    Warned,
)
from wyoming_bridge.options import options_of
from wyoming_bridge.providers.contract import ClientProtocol, Message
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName, new_client
from wyoming_bridge.providers.settings import Settings

TOKEN = "s3cret-t0ken"
PCM = bytes(range(256)) * 40  # 0.32 s


EMULATED = {name: emulated(name) for name in ProviderName}
SERVICES = [*EMULATED.values()]
SERVICES_THAT_GREET = [service for service in SERVICES if service.greeting]
SERVICES_THAT_FLUSH = [EMULATED[name] for name, row in PROVIDERS.items() if row.capabilities.flush]


def connecting(service: Service) -> ClientProtocol:
    client = new_client(service.settings())
    client.connect()
    return client


def opened(service: Service) -> ClientProtocol:
    client = connecting(service)
    client.receive_open(now=0.0)
    return client


def ready(service: Service) -> ClientProtocol:
    client = opened(service)
    for message in service.greeting:
        client.receive_message(message, now=0.0)
    client.messages_to_send()
    return client


def sent_until_ready(service: Service) -> list[Message]:
    """Return the messages of a client until the service is ready, such as a configuration."""
    client = opened(service)
    for message in service.greeting:
        client.receive_message(message, now=0.0)
    return client.messages_to_send()


def with_partial(service: Service) -> ClientProtocol:
    client = ready(service)
    client.send_audio(PCM, now=0.0)
    client.receive_message(service.partial, now=0.0)
    return client


def finishing(service: Service) -> ClientProtocol:
    client = with_partial(service)
    client.finish(now=0.0)
    return client


Stage = Callable[[Service], ClientProtocol]
STAGES: list[Stage] = [connecting, opened, ready, with_partial, finishing]
AUTHS = [
    row.settings(token=TOKEN, auth=auth)
    for row in PROVIDERS.values()
    for auth in dict(options_of(row.settings))["auth"].choices
]


def failures(client: ClientProtocol) -> list[Failed]:
    return [event for event in client.events_received() if isinstance(event, Failed)]


def test_every_provider_is_in_the_registry_and_makes_its_own_client() -> None:
    assert list(PROVIDERS) == list(ProviderName)
    clients = {name: new_client(row.settings()) for name, row in PROVIDERS.items()}
    assert {name: client.provider for name, client in clients.items()} == {
        name: name.value for name in ProviderName
    }
    assert len({type(client) for client in clients.values()}) == len(PROVIDERS)


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_a_new_client_is_disconnected_and_has_no_messages_or_events(service: Service) -> None:
    client = new_client(service.settings())
    assert client.state is State.DISCONNECTED
    assert client.messages_to_send() == []
    assert client.events_received() == []
    assert client.next_timeout() is None
    assert client.waiting_bytes == 0


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_connecting_twice_is_a_lifecycle_error(service: Service) -> None:
    client = connecting(service)
    with pytest.raises(LifecycleError, match='"connecting" does not allow "connect"'):
        client.connect()


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_a_session_goes_through_the_states_in_order(service: Service) -> None:
    states = [e.state for e in finishing(service).events_received() if isinstance(e, StateChanged)]
    assert states == [
        State.CONNECTING,
        State.LOADING,
        State.LISTENING,
        State.CONNECTED,
        State.FINISHING,
    ]


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_the_session_starts_once_before_the_first_result(service: Service) -> None:
    events = [e for e in with_partial(service).events_received() if not isinstance(e, StateChanged)]
    assert [type(event) for event in events] == [SessionStarted, PartialText]


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_messages_and_events_are_returned_once(service: Service) -> None:
    client = with_partial(service)
    assert client.messages_to_send()
    assert client.messages_to_send() == []
    assert client.events_received()
    assert client.events_received() == []


@pytest.mark.parametrize("settings", AUTHS, ids=repr)
def test_the_token_is_never_shown(settings: Settings) -> None:
    request = new_client(settings).connect()
    assert TOKEN not in repr(settings)
    assert TOKEN not in repr(request)
    assert TOKEN not in request.shown_url
    assert request.url.startswith(request.shown_url)


@pytest.mark.parametrize("settings", AUTHS, ids=repr)
def test_the_token_is_sent_in_one_place(settings: Settings) -> None:
    request = new_client(settings).connect()
    places = [request.url, *request.headers.values(), *request.subprotocols]
    assert sum(TOKEN in place for place in places) == 1


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_without_a_token_the_request_has_no_token(service: Service) -> None:
    request = new_client(service.settings()).connect()
    assert request.headers == {}
    assert list(request.subprotocols) == []
    assert "token" not in request.url


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_a_prefix_of_the_url_is_kept(service: Service) -> None:
    bare = new_client(service.settings(url="ws://127.0.0.1:9")).connect()
    prefixed = new_client(service.settings(url="ws://127.0.0.1:9/x/")).connect()
    assert prefixed.url == bare.url.replace("127.0.0.1:9/", "127.0.0.1:9/x/")


@pytest.mark.parametrize("service", SERVICES_THAT_GREET, ids=str)
def test_before_the_service_is_ready_audio_and_the_finish_are_kept(service: Service) -> None:
    client = opened(service)
    client.messages_to_send()
    client.send_audio(PCM, now=0.0)
    client.finish(now=0.0)
    assert client.messages_to_send() == []
    assert client.waiting_bytes == len(PCM)
    assert client.state is State.LOADING


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_before_the_websocket_is_open_audio_is_kept(service: Service) -> None:
    client = connecting(service)
    client.send_audio(PCM, now=0.0)
    assert client.messages_to_send() == []
    assert client.waiting_bytes == len(PCM)


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_kept_audio_is_sent_in_order_when_the_service_is_ready(service: Service) -> None:
    late = ready(service)
    late.send_audio(PCM, now=0.0)
    late.send_audio(PCM[::-1], now=0.0)
    late.finish(now=0.0)
    expected = late.messages_to_send()

    early = connecting(service)
    early.send_audio(PCM, now=0.0)
    early.send_audio(PCM[::-1], now=0.0)
    early.finish(now=0.0)
    early.receive_open(now=0.0)
    for message in service.greeting:
        early.receive_message(message, now=0.0)
    assert early.messages_to_send()[-len(expected) :] == expected
    assert early.waiting_bytes == 0
    assert early.state is State.FINISHING


@pytest.mark.parametrize("service", SERVICES_THAT_FLUSH, ids=str)
def test_a_kept_flush_is_sent_at_its_place_in_the_audio(service: Service) -> None:
    late = ready(service)
    late.send_audio(PCM, now=0.0)
    late.flush("1", now=0.0)
    late.send_audio(PCM, now=0.0)
    late.flush("2", now=0.0)
    late.finish(now=0.0)
    expected = late.messages_to_send()

    early = connecting(service)
    early.send_audio(PCM, now=0.0)
    early.flush("1", now=0.0)
    early.send_audio(PCM, now=0.0)
    early.flush("2", now=0.0)
    early.finish(now=0.0)
    early.receive_open(now=0.0)
    for message in service.greeting:
        early.receive_message(message, now=0.0)
    assert early.messages_to_send() == [*sent_until_ready(service), *expected]


@pytest.mark.parametrize("service", SERVICES, ids=str)
@pytest.mark.parametrize("stage", STAGES[:-1])
def test_after_the_finish_nothing_can_be_sent(stage: Stage, service: Service) -> None:
    client = stage(service)
    client.finish(now=0.0)
    with pytest.raises(LifecycleError, match="cannot send audio"):
        client.send_audio(PCM, now=0.0)
    with pytest.raises(LifecycleError, match="cannot finish"):
        client.finish(now=0.0)


@pytest.mark.parametrize("service", SERVICES_THAT_FLUSH, ids=str)
@pytest.mark.parametrize("stage", STAGES[:-1])
def test_after_the_finish_nothing_can_be_flushed(stage: Stage, service: Service) -> None:
    client = stage(service)
    client.finish(now=0.0)
    with pytest.raises(LifecycleError, match="cannot flush"):
        client.flush("1", now=0.0)


@pytest.mark.parametrize("service", SERVICES, ids=str)
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    ("code", "reason", "said"),
    [
        (1011, "it broke", r"closed with code 1011 \(it broke\) while"),
        (1001, "", "closed with code 1001 while"),
        (None, "", "broke while"),
    ],
)
def test_a_close_in_any_state_is_a_lost_connection(
    service: Service, stage: Stage, code: int | None, reason: str, said: str
) -> None:
    client = stage(service)
    before = client.state
    client.receive_close(code=code, reason=reason)
    [failed] = failures(client)
    assert client.state is State.ERROR
    with pytest.raises(ConnectionLostError, match=f"{said} {before}$") as caught:
        raise failed.error
    assert caught.value.retryable
    assert caught.value.provider in PROVIDERS


@pytest.mark.parametrize("service", SERVICES, ids=str)
@pytest.mark.parametrize("stage", STAGES)
def test_after_a_failure_there_are_no_more_messages_or_events(
    service: Service, stage: Stage
) -> None:
    client = stage(service)
    client.receive_close(code=None, reason="")
    client.events_received()
    client.receive_close(code=1000, reason="")
    client.receive_message(service.partial, now=0.0)
    client.receive_message("rubbish", now=0.0)
    client.handle_timeout(now=1e9)
    assert client.events_received() == []
    assert client.messages_to_send() == []
    assert client.state is State.ERROR


@pytest.mark.parametrize("service", SERVICES, ids=str)
@pytest.mark.parametrize("stage", STAGES[:-1])
def test_after_a_failure_no_message_is_queued(service: Service, stage: Stage) -> None:
    client = stage(service)
    client.send_audio(PCM, now=0.0)
    assert client.waiting_bytes
    client.receive_close(code=None, reason="")
    assert client.waiting_bytes == 0


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_after_a_failure_audio_is_a_lifecycle_error_that_names_the_state(service: Service) -> None:
    client = ready(service)
    client.receive_close(code=None, reason="")
    with pytest.raises(LifecycleError, match='cannot send audio in the state "error"'):
        client.send_audio(PCM, now=0.0)


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_a_websocket_that_cannot_be_opened_is_a_failure_with_the_reason(service: Service) -> None:
    client = connecting(service)
    error = ConnectError("connection refused")
    client.receive_failure(error)
    while client.state is not State.ERROR:  # a client may request the status first
        client.connect()
        client.receive_failure(ConnectError("connection refused again"))
    assert failures(client) == [Failed(error=error)]
    assert client.state is State.ERROR


@pytest.mark.parametrize("service", SERVICES, ids=str)
@pytest.mark.parametrize("stage", STAGES[1:])
@pytest.mark.parametrize("message", [b"", b"\x00\x01", "<html>Bad Gateway</html>", "[]", ""])
def test_a_message_that_is_not_a_json_object_is_skipped_with_one_warning(
    service: Service, stage: Stage, message: str | bytes
) -> None:
    client = stage(service)
    client.events_received()
    before = client.state
    for _ in range(2):
        client.receive_message(message, now=0.0)
    [warned] = client.events_received()
    assert isinstance(warned, Warned)
    assert "skipped a message that cannot be read: a message is not" in warned.text
    assert client.state is before


@pytest.mark.parametrize("service", SERVICES_THAT_GREET, ids=str)
def test_a_final_before_the_service_is_ready_is_a_violation(service: Service) -> None:
    client = opened(service)
    client.receive_message(service.partial, now=0.0)
    client.receive_message(service.final, now=0.0)
    [failed] = failures(client)
    assert isinstance(failed.error, ProtocolViolationError)


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_waiting_bytes_is_zero_after_the_messages_were_fetched(service: Service) -> None:
    client = ready(service)
    client.send_audio(PCM, now=0.0)
    waiting = client.waiting_bytes
    assert waiting == sum(map(len, client.messages_to_send()))
    assert client.waiting_bytes == 0

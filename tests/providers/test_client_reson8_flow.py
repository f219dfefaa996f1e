"""The Reson8 client: audio, flushes with ids, and the finish."""

import json

import pytest

from reson8_clients import examples, happened, ready
from wyoming_bridge.errors import ConnectionLostError
from wyoming_bridge.events import (
    Failed,
    FinalText,
    Finished,
    FlushDone,
    SessionStarted,
    State,
    Unrecognised,
)
from wyoming_bridge.providers.reson8 import Reson8Settings
from wyoming_bridge.providers.reson8.client import Reson8Client

PCM = bytes(range(250)) * 4


def confirmation(flush_id: str | None) -> str:
    return json.dumps({"type": "flush_confirmation", "id": flush_id})


class TestFlow:
    def test_the_service_is_ready_when_the_websocket_is_open(self) -> None:
        client = Reson8Client(Reson8Settings())
        client.connect()
        client.receive_open(now=0.0)
        assert SessionStarted() in client.events_received()
        assert client.state is State.LISTENING
        assert client.messages_to_send() == []

    def test_audio_is_sent_as_binary_messages(self) -> None:
        client = ready()
        client.send_audio(PCM, now=0.0)
        assert client.messages_to_send() == [PCM]

    def test_a_flush_is_sent_and_answered_with_its_id(self) -> None:
        client = ready()
        client.send_audio(PCM, now=0.0)
        client.flush("abc123", now=0.0)
        _, request = client.messages_to_send()
        flush, _, _, confirmed = examples("realtime")
        assert json.loads(str(request)) == json.loads(flush)
        client.receive_message(confirmed, now=0.0)
        assert happened(client) == [FlushDone(flush_id="abc123")]

    def test_flushes_may_be_answered_in_any_order(self) -> None:
        client = ready()
        client.flush("1", now=0.0)
        client.flush("2", now=0.0)
        client.receive_message(confirmation("2"), now=0.0)
        client.receive_message(confirmation("1"), now=0.0)
        assert happened(client) == [FlushDone(flush_id="2"), FlushDone(flush_id="1")]

    @pytest.mark.parametrize("flush_id", [None, "7"])
    def test_a_confirmation_without_a_request_is_ignored(self, flush_id: str | None) -> None:
        client = ready()
        client.receive_message(confirmation(flush_id), now=0.0)
        assert client.events_received() == [
            Unrecognised(kind="flush_confirmation without a request")
        ]

    def test_a_confirmation_without_an_id_answers_the_oldest_flush(self) -> None:
        client = ready()
        client.flush("1", now=0.0)
        client.flush("2", now=0.0)
        client.finish(now=0.0)
        for flush_id in (None, "2", None):
            client.receive_message(confirmation(flush_id), now=0.0)
        assert happened(client) == [FlushDone(flush_id="1"), FlushDone(flush_id="2"), Finished()]
        assert client.state is State.CLOSED

    def test_the_confirmation_of_the_finish_answers_every_flush_before_it(self) -> None:
        client = ready()
        client.flush("1", now=0.0)
        client.flush("2", now=0.0)
        client.finish(now=0.0)
        client.receive_message(confirmation("finish"), now=0.0)
        assert happened(client) == [FlushDone(flush_id="1"), FlushDone(flush_id="2"), Finished()]

    def test_a_second_confirmation_of_a_flush_is_ignored(self) -> None:
        client = ready()
        client.flush("1", now=0.0)
        client.receive_message(confirmation("1"), now=0.0)
        client.receive_message(confirmation("1"), now=0.0)
        assert happened(client) == [
            FlushDone(flush_id="1"),
            Unrecognised(kind="flush_confirmation without a request"),
        ]

    def test_the_finish_is_a_flush_whose_confirmation_ends_the_session(self) -> None:
        client = ready()
        client.flush("1", now=0.0)
        client.finish(now=0.0)
        _, request = client.messages_to_send()
        client.receive_message(confirmation("1"), now=0.0)
        assert client.state is State.FINISHING
        client.receive_message('{"type":"transcript","text":"tail"}', now=0.0)
        client.receive_message(confirmation(json.loads(str(request))["id"]), now=0.0)
        assert happened(client) == [FlushDone(flush_id="1"), FinalText(text="tail"), Finished()]
        assert client.state is State.CLOSED

    def test_the_confirmation_of_the_finish_ends_no_unfinished_session(self) -> None:
        other = ready()
        other.finish(now=0.0)
        [request] = other.messages_to_send()
        client = ready()
        client.receive_message(confirmation(json.loads(str(request))["id"]), now=0.0)
        assert client.state is State.LISTENING

    def test_a_normal_close_before_the_last_confirmation_is_a_lost_connection(self) -> None:
        client = ready()
        client.finish(now=0.0)
        client.receive_close(code=1000, reason="")
        [failed] = happened(client)
        assert isinstance(failed, Failed)
        assert isinstance(failed.error, ConnectionLostError)

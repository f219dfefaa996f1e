"""Utterances and streams for a service that has to be started first."""

import json
import logging

import pytest

from emulators import service
from utterances import THREE, THREE_WORDS, an_utterance, bounded
from wyoming_bridge.errors import ServiceError, StartingError
from wyoming_bridge.providers.contract import HttpAnswer, HttpRequest
from wyoming_bridge.providers.scriptix import ScriptixSettings
from wyoming_bridge.providers.scriptix.client import ScriptixClient
from wyoming_bridge.testing import FakeConnector
from wyoming_bridge.transcriber import Limits, Purpose


class Service:
    """A service that is down. A request to start it changes its status to ``becomes``."""

    def __init__(self, *, becomes: str) -> None:
        self._becomes = becomes
        self._status = "scaled_down"
        self.connector = FakeConnector(service("scriptix"), answer=self._answer)
        self.connector.refuse(ServiceError("the service failed (HTTP 503)"))

    def _answer(self, request: HttpRequest) -> HttpAnswer:
        if request.method == "POST":
            self._status = self._becomes
            if self._becomes == "ready":
                self.connector.accept()
        return HttpAnswer(status=200, body=json.dumps({"status": self._status}))


async def test_a_service_that_starts_at_once_transcribes_the_utterance(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    down = Service(becomes="ready")
    utterance = an_utterance(down.connector, client=lambda: ScriptixClient(ScriptixSettings()))
    async with utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        result = await utterance.result()

    assert result.text == THREE_WORDS
    assert [request.method for request in down.connector.asks] == ["GET", "POST"]
    assert "is starting, which can take minutes" in caplog.text


async def test_an_utterance_does_not_wait_for_minutes_and_the_error_has_the_reason() -> None:
    down = Service(becomes="starting")
    utterance = an_utterance(
        down.connector,
        client=lambda: ScriptixClient(ScriptixSettings()),
        limits=Limits(ready_s=0.1),
    )
    async with utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        with pytest.raises(StartingError, match="the service is starting") as caught:
            await utterance.result()

    assert caught.value.code == "service_starting"
    assert caught.value.retryable
    assert "few minutes" in caught.value.with_advice


async def test_a_stream_does_not_wait_for_minutes() -> None:
    down = Service(becomes="starting")
    utterance = an_utterance(
        down.connector,
        client=lambda: ScriptixClient(ScriptixSettings(), source_url="http://h/x.mp3"),
        limits=Limits(ready_s=0.1),
        purpose=Purpose.STREAM,
    )
    async with utterance, bounded():
        utterance.connect()
        with pytest.raises(StartingError):
            await utterance.result()

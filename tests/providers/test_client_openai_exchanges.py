"""Exchanges with each kind of server, one fixture per peculiarity.

Each line of a fixture is a message of the server or of the client, a call of the client, or an
event that the client reports. Audio is shown as its duration. A resampler keeps a part of the audio
back. ``about 200 ms`` is 200 ms without that part, and ``rest`` is that part, sent at the end.
"""

import base64
import json
from pathlib import Path

import pytest

from sessions import noise
from wyoming_bridge import events
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.errors import BridgeError
from wyoming_bridge.events import SessionEvent, StateChanged
from wyoming_bridge.providers.openai import OpenAISettings, new_client

FIXTURES = sorted((Path(__file__).parents[1] / "fixtures" / "openai").glob("*.jsonl"))
RATES = {"ga": 24_000, "speaches": 24_000}
"""The sample rates of the dialects that need another rate than 16 kHz."""

Json = dict[str, object]


class Exchange:
    """A client, and those of its messages and events that no line of the fixture has named yet."""

    def __init__(self, settings: Json, *, rate_hz: int) -> None:
        tuples = {name: tuple(v) if isinstance(v, list) else v for name, v in settings.items()}
        self.client = new_client(OpenAISettings(**tuples), None)
        self.now = 0.0
        self._rate_hz = rate_hz
        self._spoken_ms = 0
        self._messages: list[Json] = []
        self._events: list[SessionEvent] = []
        self._waiting_ms = 0.0
        self.client.connect()
        self.client.receive_open(now=0.0)

    def run(self, line: Json) -> None:
        match line:
            case {"event": str(kind), **values}:
                self._check_event(kind, values)
            case {"server": message}:
                self.client.receive_message(json.dumps(message), now=self.now)
            case {"client": dict(message)}:
                assert self._shown(self._next_message()) == self._expected(message)
            case {"call": "audio", "ms": int(ms)}:
                pcm = noise(words=20)[: PCM_16K_MONO.bytes_of(ms)]
                self._waiting_ms += ms
                self.client.send_audio(pcm, now=self.now)
            case {"call": "flush", "id": str(flush_id)}:
                self.client.flush(flush_id, now=self.now)
            case {"call": "finish"}:
                self.client.finish(now=self.now)
            case {"call": "wait", "seconds": int(seconds)}:
                self.now += seconds
                due = self.client.next_timeout()
                assert due is not None
                assert due <= self.now
                self.client.handle_timeout(now=self.now)
            case _:
                raise AssertionError(f"a fixture has an unknown line: {line}")

    def end(self) -> None:
        self._fetch()
        assert self._messages == []
        assert self._events == []

    def _fetch(self) -> None:
        self._messages += [json.loads(message) for message in self.client.messages_to_send()]
        new = self.client.events_received()
        self._events += [event for event in new if not isinstance(event, StateChanged)]

    def _next_message(self) -> Json:
        self._fetch()
        assert self._messages, "the client has sent nothing"
        return self._messages.pop(0)

    def _shown(self, message: Json) -> Json:
        audio = message.get("audio")
        if not isinstance(audio, str):
            return message
        ms = len(base64.b64decode(audio)) / 2 / self._rate_hz * 1000
        self._waiting_ms -= ms
        return message | {"audio": ms}

    def _expected(self, message: Json) -> Json:
        """Return a message of the fixture, with a tolerance for what a resampler keeps back."""
        match message.get("audio"):
            case None:
                return message
            case str(shown) if shown.startswith("about "):
                whole = int(shown.split()[1])
                return message | {"audio": pytest.approx(whole, abs=35)}
            case str(shown) if shown.startswith("rest"):
                padding = int(shown.split()[2]) if "and" in shown else 0
                rest_ms = self._waiting_ms
                self._waiting_ms = 0.0
                # All audio was sent, and nothing but the padding after it.
                assert rest_ms == pytest.approx(-padding, abs=0.1)
                return message | {"audio": pytest.approx(17 + padding, abs=18)}
            case shown:
                return message | {"audio": float(str(shown).split()[0])}

    def _check_event(self, kind: str, values: Json) -> None:
        self._fetch()
        assert self._events, f"{kind} is missing"
        event = self._events.pop(0)
        assert type(event) is getattr(events, kind)
        for name, value in values.items():
            if name == "code":
                error = getattr(event, "error", None)
                assert isinstance(error, BridgeError)
                assert error.code == value
            elif name == "words":
                shown = [
                    [word.text, word.start_ms, word.end_ms, word.confidence, word.speaker]
                    for word in getattr(event, name)
                ]
                assert shown == value
            else:
                assert getattr(event, name) == value


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_the_client_answers_as_in_the_exchange(path: Path) -> None:
    source, *lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert source["source"]
    settings = lines.pop(0)["settings"] if "settings" in lines[0] else {}
    rate_hz = RATES.get(path.stem.partition("_")[0], 16_000)
    exchange = Exchange(settings, rate_hz=16_000 if "other_rate" in path.stem else rate_hz)

    for line in lines:
        exchange.run(line)

    exchange.end()

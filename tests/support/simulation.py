"""The recognition with real clients and their services, in memory and in simulated time.

The simulation replaces the ``Execution`` of an utterance. A test decides when messages arrive and
what breaks. The simulation checks that the recognition returns only commands that are allowed.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from detectors import LoudDetector
from emulators import UNCUT, service
from utterances import RACE
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.endpointing import Endpointing
from wyoming_bridge.errors import BridgeError, ConnectError
from wyoming_bridge.events import (
    Failed,
    FinalEnriched,
    FinalText,
    Finished,
    FlushDone,
    SessionEvent,
    SignsOfLife,
)
from wyoming_bridge.providers.contract import (
    ClientProtocol,
    ConnectRequest,
    HttpAnswer,
    HttpRequest,
)
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName, new_client
from wyoming_bridge.session.time_shift import shift_times
from wyoming_bridge.testing import ScriptedClient, ScriptedServer, UpgradeHandler
from wyoming_bridge.testing.connector import server_request
from wyoming_bridge.testing.engine import InstantEngine
from wyoming_bridge.transcriber import Candidate, Limits, Result, Revision
from wyoming_bridge.transcriber.commands import (
    Close,
    Command,
    Fail,
    Finish,
    Flush,
    Open,
    Resolve,
    Send,
    Update,
)
from wyoming_bridge.transcriber.recognition import Recognition

CHUNK_MS = 10

_FINALS = (FinalText, FinalEnriched, FlushDone, Finished)


@dataclass
class Service:
    """A service that a test can break."""

    name: str
    accept: UpgradeHandler
    new_client: Callable[[], ClientProtocol]
    can_flush: bool
    refuses: BridgeError | None = None
    """The error of every new connection; None to accept connections."""
    refusals: deque[BridgeError] = field(default_factory=deque)
    """The errors of the next new connections, one element per connection."""
    is_mute: bool = False
    """Whether the service answers no new connection, and sends nothing on open ones."""
    accepts: bool = False
    """Whether the host of a mute service accepts new connections."""
    upgrade_s: float = 0
    """How long the service takes to answer a new connection."""
    greeting_s: float = 0
    """How long the service takes after that until it sends its first message."""
    lives_s: float = inf
    """How long after the answer to a connection the service closes it."""
    sends_finals: bool = True
    """Whether finals and answers to flushes and to the finish ever arrive."""
    links: list["Link"] = field(default_factory=list)


def a_service(name: str) -> Service:
    if name == "scripted":
        return Service(name, ScriptedServer.accept, ScriptedClient, can_flush=True)
    provider = PROVIDERS[ProviderName(name)]
    return Service(
        name,
        service(name, behaviour=UNCUT),
        lambda: new_client(provider.settings()),
        can_flush=provider.capabilities.flush,
    )


SERVICES = ("scripted", *ProviderName)


class Link:
    """One session: a client, a server, and the messages on their way to the client."""

    def __init__(self, service: Service, begins_at_ms: int, *, now: float) -> None:
        self.service = service
        self.begins_at_ms = begins_at_ms
        self.sent_ms = 0.0
        """How much audio the session got."""
        self._connects_at = now + service.upgrade_s
        self.client = service.new_client()
        self.is_over = False
        self._request: ConnectRequest | HttpRequest | None = None
        self._engine: InstantEngine | None = None
        self._to_client: deque[str | bytes] = deque()
        service.links.append(self)

    def deliver(self, now: float) -> None:
        """Connect if needed, and deliver all waiting messages. A mute service sends none."""
        while self.deliver_one(now):
            pass

    def deliver_one(self, now: float) -> bool:
        """Deliver the next message of the service, or its close; return whether there was one.

        Connect if needed. Before that, all messages of the client reach the service.
        """
        if self.is_over or self.client.state.is_over:
            return False
        if self._engine is None and now >= self._connects_at:
            self._connect(now)
        if self._engine is None:
            return False
        for message in self.client.messages_to_send():
            self._server.receive_message(message, now=0)
            self._engine.run_commands()
        self._to_client.extend(self._server.messages_to_send())
        if self.service.is_mute or now < self._connects_at + self.service.greeting_s:
            return False
        if now >= self._connects_at + self.service.lives_s:
            self.client.receive_close(code=1000, reason="")
            return True
        if self._to_client:
            self.client.receive_message(self._to_client.popleft(), now=now)
            return True
        if close := self._server.close:
            self.client.receive_close(code=close.code, reason=close.reason)
        return close is not None

    def _connect(self, now: float) -> None:
        request = self._request = self._request or self.client.connect()
        if isinstance(request, HttpRequest):
            self._request = None
            self.client.receive_answer(HttpAnswer(status=404), now=now)
        elif refusal := self._refusal():
            self._request = None
            self.client.receive_failure(refusal)
        elif not self.service.is_mute:
            server = self.service.accept(server_request(request), 0)
            assert not isinstance(server, HttpAnswer)
            self._server, self._engine = server, InstantEngine(server)
            self._server.open(now=0)
            self.client.receive_open(now=now)
            self._to_client.extend(self._server.messages_to_send())

    def _refusal(self) -> BridgeError | None:
        refusals = self.service.refusals
        return refusals.popleft() if refusals else self.service.refuses

    @property
    def is_connected(self) -> bool:
        return self._engine is not None

    def next_due(self, *, now: float) -> float | None:
        """Return when the service does something next; None for never."""
        begin, service = self._connects_at, self.service
        dues = (begin, begin + service.greeting_s, begin + service.lives_s)
        return min((due for due in dues if now < due < inf), default=None)

    def fail(self) -> None:
        """Let the service report an error in a message, and then close the connection.

        A service that is not connected drops the connection instead.
        """
        if self._engine is None:
            self.drop()
        else:
            self._server.fail("out of memory")

    def drop(self) -> None:
        """Break the connection, without a close frame."""
        if self._engine is None:
            self._request = self._request or self.client.connect()
            self._request = None
            self.client.receive_failure(ConnectError("dropped"))
        else:
            self.client.receive_close(code=None, reason="")


class Simulation:
    """One utterance with its sessions; the time is ``now``."""

    def __init__(
        self,
        *services: Service,
        endpointing: Endpointing = RACE,
        limits: Limits | None = None,
        **shared: object,
    ) -> None:
        """Create an utterance. ``shared`` is what all utterances of a profile share."""
        self.services = services
        self.now = 1000.0
        self.links: dict[int, Link] = {}
        self.opened: list[Link] = []
        self.revisions: list[Revision] = []
        self.results: list[Result] = []
        self.errors: list[Exception] = []
        self.ended_at: float | None = None
        self.answered_at: float | None = None
        self.delivers_at_once = True
        self._reports: deque[tuple[int, SessionEvent | None]] = deque()
        self._by_profile = {each.name: each for each in services}
        self.recognition = Recognition(
            candidates=[
                Candidate(
                    profile=each.name,
                    provider=each.name,
                    new_session=_never,
                    can_flush=each.can_flush,
                    limits=limits or Limits(),
                    **shared,
                )
                for each in services
            ],
            source=PCM_16K_MONO,
            endpointing=endpointing,
            detector=LoudDetector(),
        )

    @property
    def is_over(self) -> bool:
        return self.recognition.phase.is_over

    def say(self, *parts: bytes, chunk_ms: int = CHUNK_MS) -> None:
        """Feed audio at the pace of speech."""
        pcm = b"".join(parts)
        for start in range(0, len(pcm), 32 * chunk_ms):
            chunk = pcm[start : start + 32 * chunk_ms]
            self.wait(len(chunk) / 32_000)
            self.recognition.feed(chunk, now=self.now)
            self.run()

    def finish(self) -> None:
        self.recognition.audio_ended(now=self.now)
        self.run()

    def run(self) -> None:
        """Execute commands and report events, one at a time, until all are done."""
        while True:
            for command in self.recognition.commands():
                self._execute(command)
            if self.delivers_at_once:
                self.deliver()
            self._collect_events()
            if self._reports:
                self._report(*self._reports.popleft())
            elif not self.recognition.has_commands:
                break
        if self.ended_at is None and not self.recognition.phase.takes_audio:
            self.ended_at = self.now

    def deliver(self) -> None:
        for link in list(self.links.values()):
            link.deliver(self.now)
        self._pong()

    def deliver_one(self, number: int) -> None:
        """Deliver one message of one of the open sessions."""
        links = list(self.links.values())
        if links:
            links[number % len(links)].deliver_one(self.now)
        self._pong()

    def wait(self, seconds: float) -> None:
        """Let time pass, and call each timeout when it is due."""
        until = self.now + seconds
        while (due := self._next_due()) is not None and due <= until:
            self.now = max(self.now, due)
            for link in list(self.links.values()):
                at = link.client.next_timeout()
                if at is not None and at <= self.now:
                    link.client.handle_timeout(now=self.now)
            self._pong()
            recognition_due = self.recognition.next_timeout()
            if recognition_due is not None and recognition_due <= self.now:
                self.recognition.handle_timeout(now=self.now)
            self.run()
        self.now = until

    def wait_for_outcome(self, *, at_most_s: float = 300) -> None:
        until = self.now + at_most_s
        self.run()
        while not self.is_over:
            due = self._next_due()
            assert due is not None, "nothing is due, and there is no outcome"
            assert due <= until, "there is no outcome in time"
            self.wait(max(0.0, due - self.now) + 1e-9)

    def _pong(self) -> None:
        """Let each service that can be reached answer a ping, and each host accept connections."""
        for attempt, link in list(self.links.items()):
            is_mute = link.service.is_mute
            if not is_mute or link.service.accepts:
                pong_at = self.now if link.is_connected and not is_mute else None
                signs = SignsOfLife(is_accepted=True, pong_at=pong_at)
                self.recognition.note_signs_of_life(attempt, signs)

    def _next_due(self) -> float | None:
        due = [link.client.next_timeout() for link in self.links.values()]
        due += [link.next_due(now=self.now) for link in self.links.values()]
        due.append(self.recognition.next_timeout())
        return min((each for each in due if each is not None), default=None)

    def _execute(self, command: Command) -> None:
        if self.results or self.errors:
            assert isinstance(command, Close)
        match command:
            case Open(attempt=attempt, candidate=candidate, begins_at_ms=begins_at_ms):
                assert attempt not in self.links
                service = self._by_profile[candidate.profile]
                link = Link(service, begins_at_ms, now=self.now)
                self.links[attempt] = link
                self.opened.append(link)
            case Send(attempt=attempt, pcm=pcm):
                self.links[attempt].sent_ms += PCM_16K_MONO.duration_ms(len(pcm))
                self._client(attempt).send_audio(pcm, now=self.now)
            case Flush(attempt=attempt, flush_id=flush_id):
                self._client(attempt).flush(flush_id, now=self.now)
            case Finish(attempt=attempt):
                self._client(attempt).finish(now=self.now)
            case Close(attempt=attempt):
                self.links.pop(attempt).is_over = True
            case Update(revision=revision):
                self.revisions.append(revision)
            case Resolve(result=result):
                self.results.append(result)
                self.answered_at = self.now
            case Fail(error=error):
                self.errors.append(error)

    def _client(self, attempt: int) -> ClientProtocol:
        link = self.links[attempt]
        return Discard() if link.client.state.is_over else link.client

    def _collect_events(self) -> None:
        for attempt, link in self.links.items():
            for event in link.client.events_received():
                if not link.service.sends_finals and isinstance(event, _FINALS):
                    continue
                self._reports.append((attempt, shift_times(event, by_ms=link.begins_at_ms)))
                if isinstance(event, Failed):
                    self._reports.append((attempt, None))

    def _report(self, attempt: int, event: SessionEvent | None) -> None:
        """Report an event of a session; None if the session has ended."""
        if event is None:
            self.recognition.session_ended(attempt, None, now=self.now)
        else:
            self.recognition.session_event(attempt, event, now=self.now)


class Discard:
    """The client of a session that has ended, which ignores all calls."""

    def send_audio(self, pcm: bytes, *, now: float) -> None:
        pass

    def flush(self, flush_id: str, *, now: float) -> None:
        pass

    def finish(self, *, now: float) -> None:
        pass


def _never(*_args: object, **_values: object) -> object:
    raise AssertionError("the simulation creates its own sessions")

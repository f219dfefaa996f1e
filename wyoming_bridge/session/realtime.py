"""The I/O loop of one session, the same for every provider.

Back-pressure: the sender task waits for the service. Data that was not sent yet counts as
``waiting_bytes``. The caller checks this number, and stops reading its own source when the number
is too high. Small messages are sent directly if the transport has room, because waking the sender
task costs as much time as sending the message.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from ..errors import BridgeError
from ..events import SessionEvent, SignsOfLife, State
from ..providers.contract import ClientProtocol, ConnectRequest
from ..rest import rest_s
from .event_reports import EventReports
from .pinger import Pinger
from .transport import Connector, Transport, TransportClosed

__all__ = ["RealtimeSession"]

_AT_ONCE_BYTES: Final = 16 * 1024
"""The most data that is sent directly, without the sender task. The limit keeps the transport's
buffer small, because data in that buffer does not count as ``waiting_bytes``."""


def _ignore() -> None:
    """Do nothing. This is the default of ``on_sent``."""


class RealtimeSession:
    """One websocket session. ``run`` does all I/O; the other methods never wait.

    After the session has ended, calls are ignored.
    """

    def __init__(
        self,
        *,
        client: ClientProtocol,
        connector: Connector,
        provider: str,
        on_event: Callable[[SessionEvent], None],
        on_sent: Callable[[], None] = _ignore,
        begins_at_ms: int = 0,
    ) -> None:
        """Create a session whose first audio is ``begins_at_ms`` after the utterance's first audio.

        ``on_event`` is called with each event, in order. If ``on_event`` calls a method of the
        session, the events of that call follow the events that are already queued. ``on_sent`` is
        called when data was sent, and when the session has stopped.
        """
        self._client = client
        self._connector = connector
        self._provider = provider
        self._events = EventReports(
            client, provider=provider, on_event=on_event, begins_at_ms=begins_at_ms
        )
        self._on_sent = on_sent
        self._loop = asyncio.get_running_loop()
        self._transport: Transport | None = None
        self._pinger = Pinger(self._ping_now)
        self._idle_sender: asyncio.Future[None] | None = None
        self._in_flight_bytes = 0
        self._receive_timeout: asyncio.Timeout | None = None
        self._stopped = False
        self._is_accepted = False
        self._last_message_at: float | None = None

    @property
    def state(self) -> State:
        """The session's state."""
        return self._client.state

    @property
    def signs_of_life(self) -> SignsOfLife:
        """The signs of life of the service so far."""
        transport = self._transport
        return SignsOfLife(
            is_accepted=self._is_accepted,
            message_at=self._last_message_at,
            pong_at=transport.last_pong_at if transport else None,
            working_at=transport.last_working_at if transport else None,
        )

    @property
    def waiting_bytes(self) -> int:
        """How many bytes were not sent yet; 0 after the session has stopped."""
        return 0 if self._stopped else self._client.waiting_bytes + self._in_flight_bytes

    def send_audio(self, pcm: bytes) -> None:
        """Send audio in the client's format."""
        if self._client.state.is_over:
            return
        now = self._loop.time()
        self._client.send_audio(pcm, now=now)
        self._after_call(now=now)

    def flush(self, flush_id: str) -> None:
        """Request a final text of the audio so far.

        Raises:
            LifecycleError: The service cannot send a final text on request.
        """
        if self._client.state.is_over:
            return
        now = self._loop.time()
        self._client.flush(flush_id, now=now)
        self._after_call(now=now)

    def finish(self) -> None:
        """End the audio; the service then sends its last final text."""
        if self._client.state.is_over:
            return
        now = self._loop.time()
        self._client.finish(now=now)
        self._after_call(now=now)

    async def run(self) -> None:
        """Open the websocket, send and receive until the session is over, and close it.

        Failures of the service and the network are reported as events. If the task is cancelled,
        it still closes the websocket, within ``CLOSE_TIMEOUT_S``.
        """
        try:
            self._transport = await self._open()
            if self._transport is not None:
                await self._pump(self._transport)
        finally:
            self._stopped = True
            self._pinger.stop()
            self._on_sent()
            if self._transport is not None:
                await self._transport.close()

    async def _open(self) -> Transport | None:
        client = self._client
        while not client.state.is_over:
            request = client.connect()
            self._events.report()
            try:
                if isinstance(request, ConnectRequest):
                    return await self._connector.open(
                        request, provider=self._provider, on_accepted=self._accepted
                    )
                await asyncio.sleep(request.delay_s)
                answer = await self._connector.ask(request, provider=self._provider)
            except BridgeError as error:
                client.receive_failure(error)
            else:
                client.receive_answer(answer, now=self._loop.time())
            self._events.report()
        return None

    def _accepted(self) -> None:
        self._is_accepted = True

    async def _pump(self, transport: Transport) -> None:
        now = self._loop.time()
        self._client.receive_open(now=now)
        self._after_call(now=now)
        self._pinger.start()
        async with asyncio.TaskGroup() as group:
            sender = group.create_task(self._send(transport), name=f"send {self._provider}")
            await self._receive(transport)
            sender.cancel()

    async def _receive(self, transport: Transport) -> None:
        client = self._client
        while not client.state.is_over:
            try:
                async with asyncio.timeout_at(client.next_timeout()) as self._receive_timeout:
                    await self._receive_messages(transport)
            except TimeoutError:
                client.handle_timeout(now=self._loop.time())
            except TransportClosed as closed:
                client.receive_close(code=closed.code, reason=closed.reason)
            finally:
                self._receive_timeout = None
            self._after_call(now=self._loop.time())

    async def _receive_messages(self, transport: Transport) -> None:
        while True:
            message = await transport.receive()
            self._last_message_at = self._loop.time()
            self._pinger.message_received(at=self._last_message_at)
            self._client.receive_message(message, now=self._last_message_at)
            self._after_call(now=self._last_message_at)
            if self._client.state.is_over:
                return
            # Let other tasks run after each message, so that a flood of messages does not starve
            # them. They get more time after a message that took long, such as one of 20,000 words.
            await asyncio.sleep(rest_s(self._loop.time() - self._last_message_at))

    async def _send(self, transport: Transport) -> None:
        while True:
            messages = self._client.messages_to_send()
            if not messages:
                # A future, because each wait for an asyncio.Event takes a system call to find the
                # running loop.
                self._idle_sender = self._loop.create_future()
                await self._idle_sender
                continue
            self._in_flight_bytes = sum(map(len, messages))
            for message in messages:
                try:
                    await transport.send(message)
                except TransportClosed:
                    return  # the receiver gets the same exception, and reports it
                self._in_flight_bytes -= len(message)
                self._on_sent()

    def _ping_now(self) -> None:
        if self._transport:
            self._transport.ping_now()

    def _after_call(self, *, now: float) -> None:
        """Send messages, publish events and set the timeout, after a method of the client ran."""
        if waiting_bytes := self._client.waiting_bytes:
            self._send_or_wake(waiting_bytes, now=now)
        self._events.report()
        waiting = self._receive_timeout
        if waiting is not None:
            over = self._client.state.is_over
            due = now if over else self._client.next_timeout()
            if due != waiting.when() and not waiting.expired():
                waiting.reschedule(due)

    def _send_or_wake(self, waiting_bytes: int, *, now: float) -> None:
        sender, transport = self._idle_sender, self._transport
        if sender is None or sender.done() or transport is None:
            return  # the sender has not started yet, is sending, or was stopped
        if transport.has_room and waiting_bytes <= _AT_ONCE_BYTES:
            messages = self._client.messages_to_send()
            transport.send_now(*messages, ping=self._pinger.joins_audio(now=now))
            self._on_sent()
        else:
            sender.set_result(None)

"""The candidates of an utterance, asked one after the other, and the deadlines they are under."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from ..errors import BridgeError, FinalTimeoutError
from ..events import SessionEvent, SessionStarted
from .candidate import Candidate
from .delivery import Delivery
from .limits import Limits
from .replay_buffer import ReplayBuffer
from .transcript import Transcript

__all__ = ["Failover"]

_log = logging.getLogger(__name__)


class Failover:
    """One utterance's. ``run`` does the work; the other methods never wait."""

    def __init__(
        self,
        candidates: Sequence[Candidate],
        *,
        replay_buffer: ReplayBuffer,
        on_event: Callable[[SessionEvent], None],
    ) -> None:
        """Prepare to have the candidates hear the tape."""
        self._candidates = candidates
        self._replay_buffer = replay_buffer
        self._on_event = on_event
        self._loop = asyncio.get_running_loop()
        self.failures: list[Exception] = []
        """Why those who were asked had no result, in order."""
        self.has_stand_in = False
        """Whether something that was told has to stand in for the result."""
        self._earlier_connections = 0
        self._ended_at: float | None = None
        self._spoken_until: int | None = None
        self._final_deadline: asyncio.Timeout | None = None
        self._total_deadline: asyncio.Timeout | None = None
        self.delivery = self._new_delivery(candidates[0])

    @property
    def connections(self) -> int:
        """How many sessions were opened."""
        return self._earlier_connections + self.delivery.connections

    def finish(self, *, spoken_until: int | None) -> None:
        """No more audio will come, and nobody spoke behind that place, where it is known."""
        self._ended_at = self._loop.time()
        self._spoken_until = spoken_until
        self.delivery.finish(spoken_until=spoken_until)
        self._set_deadlines()

    async def run(self) -> Transcript:
        """Ask until one has told all, or so much that its last partial can stand for the rest.

        Raises:
            BridgeError: Nobody has; it is the first candidate's error.
        """
        failures = self.failures
        try:
            async with asyncio.timeout(None) as self._total_deadline:
                self._set_deadlines()
                for candidate in self._candidates:
                    if failures:
                        self._move_on(candidate, failures[-1])
                    try:
                        return await self._ask()
                    except BridgeError as error:
                        failures.append(error)
                    except Exception as error:  # noqa: BLE001 - raised below
                        _log.exception("a session of profile %s broke", candidate.profile)
                        failures.append(error)
        except TimeoutError:
            failures.append(self._late("whoever was asked", self._limits.total_s))
        if stand_in := self._stand_in():
            return stand_in
        raise failures[0]

    def _move_on(self, candidate: Candidate, failure: Exception) -> None:
        """Give the utterance to the next candidate, from its beginning.

        The result has the failure, for whoever owns the account: it is his to say it once.
        """
        _log.info(
            "profile %s: %s; profile %s is asked in its place",
            self.delivery.candidate.profile,
            failure,
            candidate.profile,
        )
        self._earlier_connections += self.delivery.connections
        self.delivery = self._new_delivery(candidate)
        if self._ended_at is not None:
            self.delivery.finish(spoken_until=None)

    async def _ask(self) -> Transcript:
        delivery = self.delivery
        try:
            async with asyncio.timeout(None) as deadline:
                self._final_deadline = deadline
                await delivery.run()
        except TimeoutError as err:
            if not deadline.expired():
                raise  # an error of ours that is one of these too
            if stand_in := self._stand_in():
                return stand_in
            limit_s = delivery.candidate.limits.final_s
            raise self._late("the service", limit_s) from err
        finally:
            self._final_deadline = None
        return delivery.transcript

    def _stand_in(self) -> Transcript | None:
        """What was told without being confirmed, where it can be all that was said."""
        if self._ended_at is None:
            return None
        stand_in = self.delivery.stand_in(spoken_until=self._spoken_until)
        self.has_stand_in = stand_in is not None
        return stand_in

    def _new_delivery(self, candidate: Candidate) -> Delivery:
        return Delivery(candidate, replay_buffer=self._replay_buffer, on_event=self._hear)

    def _hear(self, event: SessionEvent) -> None:
        if isinstance(event, SessionStarted):
            self._set_deadlines()
        self._on_event(event)

    def _set_deadlines(self) -> None:
        """They begin with the endpoint, and that for the final not before the service is ready."""
        ended_at, ready_at = self._ended_at, self.delivery.ready_at
        if ended_at is None:
            return
        ahead_s = self.delivery.ahead_of_speech_s()
        _reschedule(self._total_deadline, ended_at + self._limits.total_s + ahead_s)
        if ready_at is not None:
            final_s = self.delivery.candidate.limits.final_s
            _reschedule(self._final_deadline, max(ended_at, ready_at) + final_s + ahead_s)

    @property
    def _limits(self) -> Limits:
        return self._candidates[0].limits

    def _late(self, who: str, limit_s: float) -> FinalTimeoutError:
        return FinalTimeoutError(
            f"{who} told no transcript within {limit_s:g} s after the audio",
            provider=self.delivery.candidate.provider,
        )


def _reschedule(deadline: asyncio.Timeout | None, when: float) -> None:
    if deadline and not deadline.expired():
        deadline.reschedule(when)

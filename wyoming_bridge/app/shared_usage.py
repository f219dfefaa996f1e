"""Counts how much audio all bridges that share a Redis server have sent today.

Each bridge writes the seconds that it sent into its own field, and adds up the fields of the other
bridges. So a repeated write changes nothing, and no lock is needed. ADR 33 has the reasons.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from ..config.usage import UsageServer
from ..errors import DependencyError, StateError, one_line
from ..transcriber import Budget
from .later_days import LaterDays
from .usage_fields import UsageFields

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["SharedUsage"]

_log = logging.getLogger(__name__)

_PREFIX: Final = "wyoming-bridge:usage"

_WAIT_S: Final = 2.0
"""How long the server may take for an answer. In a local network, it takes about a millisecond."""

_KEPT: Final = timedelta(days=2)
"""How long the server keeps the usage of a day. For a bridge in another time zone, the day may not
be over yet."""


class SharedUsage:
    """One bridge's view of the shared usage.

    While the server cannot be used, the bridge adds the seconds of its own audio to the last known
    usage, and writes its seconds to the server later. Utterances never wait for the server.
    """

    interval_s: Final = 1.0
    """The time between two exchanges with the server, in seconds. Other bridges learn up to this
    much later what this bridge has sent."""

    def __init__(self, server: UsageServer, *, today: Callable[[], date] = date.today) -> None:
        self._server = server
        self._today = today
        self._titles: dict[str, str] = {}
        # Each day has a key of its own, so a bridge that starts reads that of today.
        self._later_days = LaterDays(
            f"usage: the server at {server.place}", remedy="restart this bridge"
        )
        self._id = uuid.uuid4().hex
        self._redis: Redis | None = None
        self._budgets: dict[str, Budget] = {}
        self._others: dict[str, UsageFields] = {}
        self._is_away = False

    async def open(self) -> None:
        """Connect to the server. If it does not answer, ``save`` tries again later.

        Raises:
            DependencyError: The library is not installed.
            StateError: The server refuses the user or the password.
        """
        try:
            from redis.asyncio import Redis
            from redis.asyncio.retry import Retry
            from redis.backoff import NoBackoff
            from redis.exceptions import AuthenticationError, NoPermissionError, RedisError
        except ModuleNotFoundError as err:
            raise DependencyError(
                f"usage: sharing it needs {err.name}: pip install 'wyoming-bridge[redis]'"
            ) from err
        self._redis = Redis.from_url(
            self._server.url,
            decode_responses=True,
            encoding_errors="replace",  # a damaged value may be any bytes
            client_name="wyoming-bridge",
            socket_connect_timeout=_WAIT_S,
            socket_timeout=_WAIT_S,
            retry=Retry(NoBackoff(), 0),  # no retry, because the next exchange follows soon
        )
        try:
            async with asyncio.timeout(_WAIT_S):
                await self._redis.ping()
        except (AuthenticationError, NoPermissionError) as err:
            await self._redis.aclose()
            raise StateError(
                f"usage: the server at {self._server.place} refuses this bridge: "
                f"{one_line(str(err))}"
            ) from err
        except (RedisError, OSError, TimeoutError) as err:
            self._failed(err)

    def budget(self, profile: str, *, title: str | None = None) -> Budget:
        """Return the budget of a profile, which ``save`` keeps up to date from now on."""
        self._titles[profile] = one_line(title or profile)
        return self._budgets.setdefault(profile, Budget(today=self._today))

    async def load(self) -> None:
        """Exchange the usage now, unless the last exchange failed."""
        if not self._is_away:
            await self.save()

    async def save(self) -> None:
        """Exchange the usage of all profiles with a limit. A failure is logged, not raised."""
        from redis.exceptions import RedisError

        limited = {
            name: budget for name, budget in self._budgets.items() if budget.max_s is not None
        }
        if self._redis is None or not limited:
            return
        days = {name: budget.today for name, budget in limited.items()}
        for name, day in days.items():
            self._later_days.check(name, day, today=self._today(), title=self._titles[name])
        try:
            async with asyncio.timeout(_WAIT_S):
                found = await self._exchange(self._redis, days, limited)
        except (RedisError, OSError, TimeoutError) as err:
            self._failed(err)
            return
        self._worked()
        for (name, budget), fields in zip(limited.items(), found, strict=True):
            others = self._others_of(name, days[name])
            if fields is None:
                others.note_other_kind()
            else:
                others.note({bridge: text for bridge, text in fields.items() if bridge != self._id})
            budget.note_others(others.seconds, day=others.day)

    def _others_of(self, profile: str, day: date) -> UsageFields:
        """Return what is known of the other bridges' usage of a profile on a day."""
        known = self._others.get(profile)
        if known is None or known.day != day:
            known = UsageFields(key=_key(profile, day), day=day, place=self._server.place)
            self._others[profile] = known
        return known

    async def close(self) -> None:
        """Exchange the usage a last time, and disconnect. A second call does nothing."""
        if self._redis is None:
            return
        await self.save()
        redis, self._redis = self._redis, None
        await redis.aclose()

    async def _exchange(
        self, redis: "Redis", days: Mapping[str, date], budgets: Mapping[str, Budget]
    ) -> list[Mapping[str, str] | None]:
        """Write this bridge's seconds, and return the fields of all bridges, for each profile.

        ``days`` has the day of each profile's budget, because days of budgets never go back.
        The fields are None if the profile's key is not a hash.
        """
        reads: list[int] = []
        async with redis.pipeline(transaction=True) as batch:
            for name, budget in budgets.items():
                key = _key(name, days[name])
                own_s = budget.own_s(days[name])
                if own_s:
                    batch.hset(key, self._id, f"{own_s:.2f}")
                    batch.expire(key, _KEPT)
                reads.append(len(batch))
                batch.hgetall(key)
            # An answer that is an error concerns one key. An error of the whole batch is raised.
            answers = await batch.execute(raise_on_error=False)
        fields = [answers[at] for at in reads]
        return [each if isinstance(each, dict) else None for each in fields]

    def _failed(self, error: Exception) -> None:
        if not self._is_away:
            _log.warning(
                "usage: the server at %s cannot be used: %s; until it works again, this bridge "
                "counts only its own audio and what other bridges had sent before",
                self._server.place,
                one_line(str(error)) or type(error).__name__,
            )
        self._is_away = True

    def _worked(self) -> None:
        if self._is_away:
            _log.info("usage: the server at %s can be used again", self._server.place)
        self._is_away = False


def _key(profile: str, day: date) -> str:
    return f"{_PREFIX}:{day.isoformat()}:{profile}"

"""Measure whether transcripts are complete, and how late they are, after an outage of the service.

A command is sent in real time. There are many runs with one speaker. In the first run the service
fails at the start of the command, in the second run 100 ms later, and so on. In a run with many
speakers at once, the service fails once. The services are the fakes of the tests. They derive the
words from the audio samples, so that a lost or repeated word is noticed. A bridge that is in use
knows how long its service takes to get ready, so there is one short utterance before each outage
(``--unknown`` leaves it out). The delay of an answer
begins when the service is back or when the speech ends, whichever is later.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from fake_runs import ALL, Kind
from fakes import Outage, silence, speech
from wyoming_bridge.app.backends import Backends
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.config import Profile
from wyoming_bridge.endpointing import Endpointing, EndpointSource
from wyoming_bridge.errors import BridgeError
from wyoming_bridge.transcriber import Result

SERVICES: Final = {str(service): service for service in ALL}
LENGTHS_S: Final = (1.0, 2.0, 4.0, 6.0)
TARGET_S: Final = 1.0

_TOKEN: Final = "bench"  # noqa: S105 - made up
_TEXT: Final = "go forward ten meters and stop"
_AUDIO: Final = speech(_TEXT) + silence(300)
_CHUNK_MS: Final = 20
_STEP_MS: Final = 100
_AT_ONCE: Final = 26


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of one utterance."""

    text: str
    late_s: float

    @property
    def is_whole(self) -> bool:
        """Whether each word was transcribed exactly once."""
        return self.text == _TEXT


async def spoken(ended_at: asyncio.Future[float]) -> AsyncIterator[bytes]:
    """Yield the audio in real time."""
    begin = time.monotonic()
    size = 32 * _CHUNK_MS
    for start in range(0, len(_AUDIO), size):
        yield _AUDIO[start : start + size]
        await asyncio.sleep(max(0.0, begin + (start + size) / 32_000 - time.monotonic()))
    ended_at.set_result(time.monotonic())


async def transcribed(
    backends: Backends, profile: Profile, back_at: asyncio.Future[float]
) -> Outcome:
    """Transcribe the command once."""
    ended_at: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    text = ""
    try:
        async for update in backends.transcribe(
            spoken(ended_at), source=PCM_16K_MONO, profile=profile
        ):
            if isinstance(update, Result):
                text = update.text
    except BridgeError as error:
        text = f"error: {error}"
    answered_at = time.monotonic()
    return Outcome(text=text, late_s=answered_at - max(await back_at, await ended_at))


async def use_once(backends: Backends, profile: Profile) -> None:
    """Transcribe a word, so that the bridge knows how long the service takes to get ready."""

    async def word() -> AsyncIterator[bytes]:
        yield speech("stop") + silence(300)

    async for _ in backends.transcribe(word(), source=PCM_16K_MONO, profile=profile):
        pass


async def outage(
    service: Kind,
    kind: Outage,
    *,
    length_s: float,
    delays_s: Sequence[float],
    at_s: float,
    is_known: bool,
) -> list[Outcome]:
    """Let a service fail while several people speak. Each person begins after one of the delays."""
    async with service.fake(token=_TOKEN) as fake:
        profile = Profile(
            name=service.name,
            backend=service.settings(url=fake.url, token=_TOKEN),
            endpointing=Endpointing(source=EndpointSource.CLIENT.value),
        )
        back_at: asyncio.Future[float] = asyncio.get_running_loop().create_future()

        async def go_down() -> None:
            await asyncio.sleep(at_s)
            await fake.down_for(length_s, kind)
            back_at.set_result(time.monotonic())

        async def later(delay_s: float) -> Outcome:
            await asyncio.sleep(delay_s)
            return await transcribed(backends, profile, back_at)

        async with Backends([profile]) as backends:
            if is_known:
                await use_once(backends, profile)
            async with asyncio.TaskGroup() as group:
                group.create_task(go_down())
                speakers = [group.create_task(later(delay_s)) for delay_s in delays_s]
        return [each.result() for each in speakers]


async def alone(service: Kind, kind: Outage, *, length_s: float, is_known: bool) -> list[Outcome]:
    """Run the command once per 100 ms of its length, with an outage that begins at that point."""
    room = asyncio.Semaphore(_AT_ONCE)

    async def at(at_s: float) -> list[Outcome]:
        async with room:
            return await outage(
                service, kind, length_s=length_s, delays_s=[0.0], at_s=at_s, is_known=is_known
            )

    steps = range(0, len(_AUDIO) // 32, _STEP_MS)
    outcomes = await asyncio.gather(*(at(step / 1000) for step in steps))
    return [outcome for each in outcomes for outcome in each]


async def together(
    service: Kind, kind: Outage, *, length_s: float, clients: int, is_known: bool
) -> list[Outcome]:
    """Let a service fail once for many speakers who began at different times."""
    spread_s = len(_AUDIO) / 32_000
    delays_s = [spread_s * number / clients for number in range(clients)]
    return await outage(
        service, kind, length_s=length_s, delays_s=delays_s, at_s=spread_s, is_known=is_known
    )


def row(title: str, outcomes: Sequence[Outcome]) -> str:
    """Return a row of the table."""
    late = sorted(outcome.late_s for outcome in outcomes)
    whole = sum(outcome.is_whole for outcome in outcomes)
    in_time = sum(outcome.is_whole and outcome.late_s <= TARGET_S for outcome in outcomes)
    middle, last = late[len(late) // 2], late[-1]
    return f"| {title} | {whole} of {len(outcomes)} | {in_time} | {middle:.2f} s | {last:.2f} s |"


async def main() -> bool:
    """Print the table; return whether all transcripts are whole and in time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--service", choices=SERVICES, action="append")
    parser.add_argument("--kind", choices=[kind.value for kind in Outage], action="append")
    parser.add_argument("--length", type=float, action="append", help="seconds")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument(
        "--show", action="store_true", help="print each transcript that is not whole"
    )
    parser.add_argument(
        "--unknown", action="store_true", help="do not use the service before the outage"
    )
    options = parser.parse_args()
    is_known = not options.unknown
    print("| service, outage | whole | within 1 s | median late | longest late |")
    print("|---|---|---|---|---|")
    holds = True
    for name in options.service or SERVICES:
        for kind in [Outage(value) for value in options.kind or [kind.value for kind in Outage]]:
            for length_s in options.length or LENGTHS_S:
                title = f"{name}, {kind.value}, {length_s:g} s"
                outcomes = await alone(SERVICES[name], kind, length_s=length_s, is_known=is_known)
                print(row(title, outcomes), flush=True)
                if options.clients:
                    many = await together(
                        SERVICES[name],
                        kind,
                        length_s=length_s,
                        clients=options.clients,
                        is_known=is_known,
                    )
                    print(row(f"{title}, {options.clients} clients", many), flush=True)
                    outcomes += many
                holds = holds and all(
                    each.is_whole and each.late_s <= TARGET_S for each in outcomes
                )
                if options.show:
                    for outcome in outcomes:
                        if not outcome.is_whole:
                            print(f"    {outcome.late_s:.2f} s: {outcome.text}")

    return holds


if __name__ == "__main__":
    sys.exit(not asyncio.run(main()))

"""Runs one attack: starts its programs and the bystander, and collects what went wrong."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from inspect import getdoc
from pathlib import Path
from shutil import copyfile
from typing import Final

from .report import LIMITS, Limits, Outcome, judged
from .scene import Scene, Stage

__all__ = ["ATTACKS", "Attack", "BrokenError", "attack", "tried"]

SPEECH_S: Final = 3.6
"""How long a flood lasts: long enough for two whole utterances of the bystander."""


class BrokenError(Exception):
    """The attack had an effect that it must not have."""


Run = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One attack, as the decorator ``attack`` registers it.

    ``Outcome`` describes the fields that have no description here.
    """

    name: str
    point: int
    tried: str
    expected: str
    stage: Stage
    run: Run
    serve: str = ""
    """The configuration of the local server."""
    limit_s: float = 30.0
    """The longest time that the attack may take, without the start of its programs."""
    limits: Limits = field(default_factory=Limits)


ATTACKS: Final[dict[str, Attack]] = {}
"""All attacks, in the order in which their modules are imported."""


def attack(
    *,
    point: int,
    expected: str,
    stage: Stage = Stage.BRIDGE,
    serve: str = "",
    limit_s: float = 30.0,
    limits: Limits | None = None,
) -> Callable[[Run], Run]:
    """Register a function as an attack. The function's docstring says what is tried.

    The function raises ``BrokenError`` if the attack had an effect that it must not have.
    """
    own = limits or Limits()
    if own.memory_mib != LIMITS.memory_mib:
        expected += f"; the memory is at most {own.memory_mib:g} MiB"

    def register(run: Run) -> Run:
        name = getattr(run, "__name__", "").replace("_", "-")
        ATTACKS[name] = Attack(
            name=name,
            point=point,
            tried=" ".join((getdoc(run) or "").split()).removesuffix("."),
            expected=expected,
            stage=stage,
            run=run,
            serve=serve,
            limit_s=limit_s,
            limits=own,
        )
        return run

    return register


async def tried(
    each: Attack, *, seconds: float, judges: bool = True, logs: Path | None = None
) -> Outcome:
    """Try one attack. Without ``judges``, the figures are not compared with the limits."""
    problems: list[str] = []
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="attack-")))
        scene = Scene(folder=folder, stack=stack, seconds=seconds)
        await scene.prepare(each.stage, serve=each.serve)
        try:
            async with asyncio.timeout(each.limit_s):
                await each.run(scene)
        except BrokenError as err:
            problems.append(str(err))
        except (OSError, RuntimeError, ValueError) as err:  # TimeoutError is an OSError
            problems.append(f"the attack ended with {type(err).__name__}: {err}")
        except BaseExceptionGroup as group:
            problems += _leaves(group)
        figures, more = await scene.finish()
        if logs:
            for one in scene.programs:
                copyfile(one.log, logs / f"{each.name}.{one.name}.log")
    problems += more
    if judges:
        problems += judged(figures, limits=each.limits)
    return Outcome(
        name=each.name,
        point=each.point,
        tried=each.tried,
        expected=each.expected,
        figures=figures,
        problems=problems,
    )


def _leaves(group: BaseExceptionGroup[BaseException]) -> Sequence[str]:
    found: list[str] = []
    for err in group.exceptions:
        if isinstance(err, BaseExceptionGroup):
            found += _leaves(err)
        elif isinstance(err, BrokenError):
            found.append(str(err))
        else:
            found.append(f"the attack ended with {type(err).__name__}: {err}")
    return list(dict.fromkeys(found))

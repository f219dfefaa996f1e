"""A recognition without a service, for tests that pass each event to it."""

from dataclasses import replace
from math import inf

from detectors import LoudDetector
from sessions import noise
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.endpointing import RECORDING, Endpointing
from wyoming_bridge.events import (
    SessionEvent,
)
from wyoming_bridge.transcriber import Candidate, Interpretation, Limits, Result
from wyoming_bridge.transcriber.commands import (
    Command,
    Fail,
    Resolve,
    Send,
)
from wyoming_bridge.transcriber.recognition import Recognition

LIMITS = Limits()
UNHURRIED = replace(LIMITS, idle_s=inf)
"""Limits with which the utterance goes on although no audio arrives."""
WORD = noise(words=1)


class AnInterpreter:
    """An interpreter that is never called, because the tests give its answers."""

    def __init__(self, *, repairs: bool = True, wants_audio: bool = False) -> None:
        self.repairs = repairs
        self.wants_audio = wants_audio
        self.needs_early_text = not wants_audio


class Machine:
    """A recognition without a service, to which a test passes each event."""

    def __init__(
        self,
        *,
        endpointing: Endpointing = RECORDING,
        limits: Limits = LIMITS,
        fallback: bool = False,
        **values: object,
    ) -> None:
        first = Candidate(profile="a", provider="a", new_session=None, limits=limits, **values)
        self.now = 50.0
        self.recognition = Recognition(
            candidates=[first, replace(first, profile="b")] if fallback else [first],
            source=PCM_16K_MONO,
            endpointing=endpointing,
            detector=LoudDetector() if endpointing is not RECORDING else None,
        )

    def feed(self, pcm: bytes) -> list[Command]:
        self.recognition.feed(pcm, now=self.now)
        return self.recognition.commands()

    def say(self, *parts: bytes, size: int = 320) -> list[Command]:
        """Feed audio at the pace of speech."""
        pcm = b"".join(parts)
        commands = []
        for start in range(0, len(pcm), size):
            self.now += size / 32_000
            commands += self.feed(pcm[start : start + size])
        return commands

    def finish(self) -> list[Command]:
        self.recognition.audio_ended(now=self.now)
        return self.recognition.commands()

    def event(self, *events: SessionEvent, attempt: int = 1) -> list[Command]:
        for event in events:
            self.recognition.session_event(attempt, event, now=self.now)
        return self.recognition.commands()

    def interpreted(self, text: str, interpretation: Interpretation) -> list[Command]:
        self.recognition.interpreted(text, interpretation, now=self.now)
        return self.recognition.commands()

    def wait(self, seconds: float) -> list[Command]:
        until, commands = self.now + seconds, []
        while (due := self.recognition.next_timeout()) is not None and due <= until:
            self.now = max(self.now, due)
            self.recognition.handle_timeout(now=self.now)
            commands += self.recognition.commands()
        self.now = until
        return commands


def kinds(commands: list[Command]) -> list[type[Command]]:
    return [type(command) for command in commands]


def sent(commands: list[Command]) -> bytes:
    return b"".join(command.pcm for command in commands if isinstance(command, Send))


def the_result(commands: list[Command]) -> Result:
    (result,) = (command.result for command in commands if isinstance(command, Resolve))
    return result


def the_error(commands: list[Command]) -> Exception:
    (error,) = (command.error for command in commands if isinstance(command, Fail))
    return error

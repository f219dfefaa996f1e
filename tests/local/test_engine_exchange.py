"""What the server does if an engine's process reports a failure or writes an unreadable line."""

import socket
from collections.abc import Awaitable, Callable
from contextlib import closing

import pytest

from wyoming_bridge.local.engine import EngineError
from wyoming_bridge.local.engines.moonshine.engine import MoonshineEngine
from wyoming_bridge.local.engines.process.wire import failed_line

AUDIO = bytes(3200)

QUESTIONS: list[Callable[[MoonshineEngine], Awaitable[object]]] = [
    lambda engine: engine.recognise(AUDIO),
    lambda engine: engine.score(AUDIO, ["on"]),
]


class AnsweringHost:
    """Answers each question with the same bytes, and sends no more."""

    pid = 1

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._asked: list[socket.socket] = []

    def connect(self, _kind: bytes) -> socket.socket:
        ours, theirs = socket.socketpair()
        self._asked.append(theirs)  # it stays open, because the question is still to come
        theirs.sendall(self._answer)
        theirs.shutdown(socket.SHUT_WR)
        return ours

    def close(self) -> None:
        for each in self._asked:
            each.close()


class AnsweredEngine(MoonshineEngine):
    """Moonshine, with a fake of its process that always gives the same answer."""

    def __init__(self, answer: bytes) -> None:
        super().__init__()
        self.host = AnsweringHost(answer)

    def _running(self) -> AnsweringHost:
        return self.host


@pytest.mark.parametrize("question", QUESTIONS, ids=["recognise", "score"])
@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (failed_line(MemoryError("no memory")), r"^moonshine failed: MemoryError: no memory$"),
        (b"hello\n", "^moonshine sent an unreadable line: hello$"),
        (b"scores a b\n", "^moonshine sent an unreadable line: scores a b$"),
        (b"text 0 x Yes.\n", "^moonshine sent an unreadable line: text 0 x Yes.$"),
        (b"x" * 100_000 + b"\n", "^moonshine sent a line of more than 65536 bytes$"),
        (b"", "^the moonshine process 1 ended unexpectedly$"),
    ],
    ids=["failed", "unknown", "no number", "no time", "too long", "nothing"],
)
async def test_an_answer_that_is_not_a_result_is_an_error_of_the_engine(
    answer: bytes, problem: str, question: Callable[[MoonshineEngine], Awaitable[object]]
) -> None:
    engine = AnsweredEngine(answer)
    with closing(engine.host), pytest.raises(EngineError, match=problem):
        await question(engine)

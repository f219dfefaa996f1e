"""The questions to an interpreter of the house. Each question runs in its own task."""

import asyncio
import logging

import pytest

from wyoming_bridge.house import Completeness
from wyoming_bridge.transcriber.commands import Interpret
from wyoming_bridge.transcriber.interpretation import Interpretation
from wyoming_bridge.transcriber.interpreting import Interpreting

ANSWER = Interpretation(completeness=Completeness.COMPLETE)


class AnInterpreter:
    repairs = True
    wants_audio = False
    needs_early_text = True

    def __init__(self, *, takes_s: float = 0, error: Exception | None = None) -> None:
        self._takes_s = takes_s
        self._error = error

    async def interpret(self, text: str, pcm: bytes, *, pieces: int) -> Interpretation:
        await asyncio.sleep(self._takes_s)
        if self._error:
            raise self._error
        return ANSWER


async def answers_of(interpreter: AnInterpreter, *, left_after_s: float = 60) -> list[object]:
    answers: list[object] = []
    interpreting = Interpreting(
        label="profile kitchen", limit_s=2, on_answer=lambda *answer: answers.append(answer)
    )
    interpreting.ask(Interpret(interpreter=interpreter, text="turn on", pcm=b"", pieces=1))
    await asyncio.sleep(left_after_s)
    interpreting.stop()
    await asyncio.sleep(0)
    return answers


async def test_an_answer_is_reported_with_its_text() -> None:
    assert await answers_of(AnInterpreter()) == [("turn on", ANSWER)]


async def test_an_error_counts_as_no_answer_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers = await answers_of(AnInterpreter(error=ValueError("broken")))

    assert answers == [("turn on", Interpretation())]
    assert "profile kitchen: the text was not interpreted" in caplog.text


async def test_a_question_of_an_utterance_that_was_left_has_no_answer() -> None:
    assert await answers_of(AnInterpreter(takes_s=30), left_after_s=1) == []


async def test_the_log_says_that_an_answer_was_late(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    await answers_of(AnInterpreter(takes_s=30), left_after_s=2)

    assert "the interpretation took more than 2 s" in caplog.text


async def test_the_log_says_nothing_about_an_answer_in_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    await answers_of(AnInterpreter(takes_s=1))

    assert caplog.text == ""

"""``HouseLanguages``: how they repair transcripts, with a recogniser and without."""

import asyncio
import logging
import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from wyoming_bridge.app.house_interpreter import HouseInterpreter, Recogniser
from wyoming_bridge.app.house_languages import HouseLanguages
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.house import (
    Area,
    Completeness,
    House,
    HouseEntity,
    RepairMode,
    Score,
)
from wyoming_bridge.transcriber import Interpretation

pytestmark = pytest.mark.once

HOUSE = House(
    areas=(Area(name="Living Room"),),
    entities=(
        HouseEntity(name="Standing Light", domain="light", area="Living Room"),
        HouseEntity(name="Floor Lamp", domain="light", area="Living Room"),
    ),
)
COMMAND = "turn on the Standing Light"
MISHEARD = "turn on the standing lie"
BEGINNING = "turn on the standing"
AUDIO = bytes(PCM_16K_MONO.bytes_of(2000))


class ARecogniser:
    """A recogniser that scores ``prefers`` best, then ``accepts``. Its text is ``hears``."""

    def __init__(
        self, *, prefers: str | None = None, accepts: str | None = None, hears: str | None = None
    ) -> None:
        self.prefers = prefers
        self.accepts = accepts
        self.hears = hears
        self.scored: list[str] = []

    async def recognise(self, pcm: bytes) -> str | None:
        return self.hears

    async def score(self, pcm: bytes, sentences: Sequence[str]) -> Sequence[Score] | None:
        self.scored = list(sentences)
        if self.prefers is None:
            return None
        log_probability = {self.accepts: -3.0, self.prefers: -1.0}
        return [
            Score(log_probability=log_probability.get(each, -40.0), tokens=6) for each in sentences
        ]


async def interpreted(
    text: str,
    *,
    mode: RepairMode = RepairMode.CAREFUL,
    recogniser: Recogniser | None = None,
    pcm: bytes = AUDIO,
    pieces: int = 1,
    house: House = HOUSE,
    understood: Sequence[str] | None = None,
) -> Interpretation:
    async def understands(text: str) -> bool:
        return text in (understood or ())

    interpreter = HouseInterpreter(
        HouseLanguages().get(house),
        label="profile kitchen",
        mode=mode,
        recogniser=recogniser,
        understands=None if understood is None else understands,
    )
    return await interpreter.interpret(text, pcm if interpreter.wants_audio else b"", pieces=pieces)


async def test_a_command_stays_as_it_was_heard() -> None:
    answer = await interpreted("Turn on the standing light.")

    assert answer.repair is None
    assert answer.completeness in {Completeness.COMPLETE, Completeness.EXTENDABLE}


async def test_a_misheard_command_is_repaired_and_the_log_has_both(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="wyoming_bridge")

    answer = await interpreted(MISHEARD)

    assert answer.repair
    assert answer.repair.text == COMMAND
    assert answer.completeness in {Completeness.COMPLETE, Completeness.EXTENDABLE}
    assert MISHEARD in caplog.text
    assert COMMAND in caplog.text


async def test_the_log_says_that_a_text_waits_for_the_house(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="wyoming_bridge")

    await interpreted(MISHEARD)

    waiting, repaired = caplog.messages
    assert waiting == "profile kitchen: the commands of the house are still being prepared"
    assert "becomes" in repaired


async def test_nothing_is_repaired_if_that_is_off() -> None:
    answer = await interpreted(MISHEARD, mode=RepairMode.OFF)

    assert answer == Interpretation(completeness=Completeness.UNKNOWN)


async def test_free_speech_is_not_changed() -> None:
    text = "she had never been fond of large parties"

    assert await interpreted(text) == Interpretation(completeness=Completeness.UNKNOWN)


async def test_a_text_that_also_fits_a_wildcard_is_repaired() -> None:
    answer = await interpreted("cancel oil timers")

    assert answer.repair
    assert answer.repair.text == "cancel all timers"


async def test_an_unfinished_command_is_not_repaired() -> None:
    answer = await interpreted("turn on the")

    assert answer == Interpretation(completeness=Completeness.UNFINISHED)


async def test_a_misheard_beginning_is_unfinished() -> None:
    answer = await interpreted("turn on the standy", recogniser=ARecogniser(prefers=BEGINNING))

    assert answer == Interpretation(completeness=Completeness.UNFINISHED)


async def test_a_misheard_beginning_is_repaired_if_nothing_follows() -> None:
    recogniser = ARecogniser(prefers=BEGINNING, accepts=COMMAND)

    answer = await interpreted("turn on the standing lie", recogniser=recogniser)

    assert answer.completeness is Completeness.UNFINISHED
    assert answer.repair
    assert answer.repair.text == COMMAND


async def test_without_a_score_a_misheard_beginning_is_free_speech() -> None:
    recogniser = ARecogniser(prefers=None)
    for each in (None, recogniser):
        answer = await interpreted("turn on the standy", recogniser=each)
        assert answer == Interpretation(completeness=Completeness.UNKNOWN)


async def test_the_recogniser_scores_what_was_heard_and_the_nearest_commands() -> None:
    recogniser = ARecogniser(prefers="turn on the Floor Lamp")

    await interpreted(MISHEARD, recogniser=recogniser)

    assert recogniser.scored[0] == MISHEARD
    assert COMMAND in recogniser.scored


async def test_a_text_that_the_recogniser_prefers_is_kept() -> None:
    answer = await interpreted(MISHEARD, recogniser=ARecogniser(prefers=MISHEARD))

    assert answer.repair is None


async def test_a_recogniser_that_cannot_score_now_leaves_the_decision_to_the_sounds() -> None:
    answer = await interpreted(MISHEARD, recogniser=ARecogniser())

    assert answer.repair
    assert answer.repair.text == COMMAND


async def test_speech_that_is_too_long_to_be_scored_is_not_changed() -> None:
    answer = await interpreted(MISHEARD, recogniser=ARecogniser(prefers=COMMAND), pcm=b"")

    assert answer.repair is None


async def test_a_command_in_pieces_is_recognised_once_more() -> None:
    recogniser = ARecogniser(hears="Turn on the standing light.")

    answer = await interpreted("Turn on this. Ending light.", recogniser=recogniser, pieces=2)

    assert answer.repair
    assert answer.repair.text == "Turn on the standing light."


async def test_a_text_in_one_piece_is_not_recognised_once_more() -> None:
    answer = await interpreted("he was at home", recogniser=ARecogniser(hears="other"))

    assert answer.repair is None


async def test_a_text_that_only_the_receiver_understands_is_extendable() -> None:
    text = "make it cosy"

    assert (await interpreted(text, understood=[text])).completeness is Completeness.EXTENDABLE
    assert (await interpreted(text, understood=[])).completeness is Completeness.UNKNOWN


async def test_broken_sentences_disable_only_themselves(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = replace(HOUSE, sentences=("(turn on", "open sesame", "<unknown> words"))

    assert (await interpreted(MISHEARD, house=house)).repair
    answer = await interpreted("open sesame", house=house)
    assert answer.completeness is Completeness.COMPLETE
    assert "a sentence of the house is not used: sentences[0]: " in caplog.text
    assert "(and 1 more)" in caplog.text


async def test_the_log_says_if_no_commands_are_known_in_a_language(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="wyoming_bridge")

    await HouseLanguages().get(replace(HOUSE, language="xx")).built

    assert "Home Assistant has no sentences in the language 'xx'" in caplog.text


async def test_a_language_is_built_once_for_equal_houses() -> None:
    languages = HouseLanguages()
    again = House.from_data(HOUSE.to_data())

    assert again is not HOUSE
    assert languages.get(HOUSE) is languages.get(again)


async def test_only_the_languages_that_were_used_last_are_kept() -> None:
    languages = HouseLanguages()
    houses = [House(areas=(Area(name=f"Room {number}"),)) for number in range(5)]
    first = languages.get(houses[0])
    for house in houses:
        await languages.get(house).built

    assert languages.get(houses[0]) is not first
    assert languages.get(houses[4]) is languages.get(houses[4])
    await languages.get(houses[0]).built


async def test_a_build_ends_early_when_the_house_has_changed() -> None:
    languages = HouseLanguages()
    outdated = languages.get(HOUSE)
    languages.clear()

    assert await outdated.built is None
    assert languages.get(HOUSE) is not outdated
    assert await languages.get(HOUSE).built is not None


async def test_closing_ends_a_build_early() -> None:
    languages = HouseLanguages()
    outdated = languages.get(HOUSE)
    await languages.close()

    assert await outdated.built is None


async def test_languages_are_built_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2)
    alone = []

    def build(house: House, **_: object) -> None:
        try:
            both.wait(timeout=0.2)
        except threading.BrokenBarrierError:
            alone.append(house.language)
        both.reset()

    monkeypatch.setattr("wyoming_bridge.house.language.HouseLanguage", build)
    languages = HouseLanguages()

    houses = [replace(HOUSE, language=language) for language in ("en", "nl")]
    await asyncio.gather(*(languages.get(house).built for house in houses))

    assert alone == ["en", "nl"]


async def test_a_call_that_is_cancelled_ends_before_the_next_one_begins() -> None:
    languages = HouseLanguages()
    language = languages.get(HOUSE)
    began, may_end = threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        may_end.wait()

    cancelled = asyncio.create_task(language.call(work))
    await asyncio.to_thread(began.wait)
    cancelled.cancel()
    await asyncio.wait([cancelled])
    following = asyncio.create_task(language.call(may_end.is_set))
    await asyncio.wait([following], timeout=0.05)
    was_early = following.done()
    may_end.set()

    assert await following
    assert not was_early
    await languages.close()


async def test_only_the_languages_of_the_newest_houses_are_built() -> None:
    languages = HouseLanguages()
    houses = [House(language="xx", sentences=(f"say {n}",)) for n in range(6)]

    begun = [languages.get(house) for house in houses]
    built = await asyncio.gather(*(each.built for each in begun))

    assert [each is not None for each in built] == [False, False, True, True, True, True]
    await languages.close()

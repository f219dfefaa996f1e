"""Custom sentences with a user's rules and lists, which the house replaces by their texts."""

import logging
from functools import cache

import pytest
from hassil import Intents
from hassil.parse_expression import parse_sentence

from houses import house_in
from wyoming_bridge.house import Area, Completeness, Floor, House, HouseEntity, RepairMode
from wyoming_bridge.house.completeness import CommandMatcher
from wyoming_bridge.house.data import MAX_SENTENCE_LENGTH
from wyoming_bridge.house.inlining import own_skip_words, self_contained
from wyoming_bridge.house.language import HouseLanguage
from wyoming_bridge.house.phones import Phones
from wyoming_bridge.house.sentences import Sentences
from wyoming_bridge.house.words import Words

pytestmark = pytest.mark.once

COMPLETE, EXTENDABLE, UNFINISHED, UNKNOWN = Completeness

INTENTS = Intents.from_dict(
    {
        "language": "en",
        "intents": {},
        "lists": {
            "drink": {"values": ["coffee", {"in": "(green|black) tea", "out": "tea"}, "o \\(x\\)"]},
            "cups": {"range": {"from": 1, "to": 12}},
            "frost": {"range": {"from": -10, "to": 0}},
            "words": {"wildcard": True},
            "nothing": {"values": []},
        },
        "expansion_rules": {
            "make": "(make|brew)",
            "please": "[<polite>]",
            "polite": "(please;kindly)",
            "round": "<and_round>",
            "and_round": "a <round>",
            "twice": "<make> <make>",
        },
    }
)
EXPLODING = {f"r{i}": parse_sentence(f"<r{i + 1}><r{i + 1}>" if i < 15 else "x") for i in range(16)}
NESTED = {f"d{i}": parse_sentence(f"<d{i + 1}>" if i < 20 else "x") for i in range(21)}


def inlined(text: str) -> str:
    return self_contained(text, rules=INTENTS.expansion_rules, lists=INTENTS.slot_lists)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("good night", "good night"),
        ("[the] {name} in {area}", "[the] {name} in {area}"),
        ("<make> me [a] {drink}", "((make|brew)) me [a] (coffee|(green|black) tea|o \\(x\\))"),
        ("<make> {cups} cups", "((make|brew)) {1..12,1:cups} cups"),
        ("it is {frost} outside", "it is {frost} outside"),
        ("{0..5:level} and {drink:what}", "{0..5:level} and (coffee|(green|black) tea|o \\(x\\))"),
        ("say {words}", "say {words}"),
    ],
)
def test_rules_and_lists_are_written_into_a_sentence(text: str, expected: str) -> None:
    assert inlined(text) == expected
    parse_sentence(inlined(text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("bring <thing>", "there is no rule <thing>"),
        ("go <round>", "the rule <round> contains itself, or is nested more than 20 deep"),
        ("bring {nothing}", "the list {nothing} is empty"),
        ("(a", "is not a hassil template"),
        ("a" * 3000, f"must have at most {MAX_SENTENCE_LENGTH} characters"),
    ],
)
def test_a_sentence_that_cannot_be_written_is_an_error(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        inlined(text)


def test_rules_with_too_many_expansions_are_an_error_before_all_are_written() -> None:
    with pytest.raises(ValueError, match="must have at most"):
        self_contained("<r0>", rules=EXPLODING, lists={})


def test_rules_may_be_nested_20_deep() -> None:
    assert self_contained("<d1>", rules=NESTED, lists={}).strip("()") == "x"
    with pytest.raises(ValueError, match=r"the rule <d20> .* is nested more than 20 deep"):
        self_contained("<d0>", rules=NESTED, lists={})


def test_completeness_and_repair_know_the_sentences_of_the_user() -> None:
    house = House(
        areas=(Area(name="kitchen"),),
        entities=(HouseEntity(name="samovar", domain="switch"),),
        sentences=tuple(map(inlined, ["<make> me {drink}", "fire up [the] {name}"])),
        skip_words=("mister bridge",),
    )
    language = HouseLanguage(house)

    assert language.completeness("brew me") is UNFINISHED
    assert language.completeness("mister bridge brew me green tea") is COMPLETE
    assert language.completeness("brew me water") is UNKNOWN
    for misheard, meant in (
        ("brew me cream tea", "brew me green tea"),
        ("fire up the samovare", "fire up the samovar"),
    ):
        repair = language.repair(misheard, None, RepairMode.CAREFUL)
        assert repair is not None
        assert repair.text == meant


def test_a_lock_in_a_sentence_of_the_user_is_guarded() -> None:
    house = House(
        entities=(
            HouseEntity(name="samovar", domain="switch"),
            HouseEntity(name="front door", domain="lock"),
        ),
        sentences=("fire up {name}",),
    )
    guarded = guarded_texts(house)

    assert (guarded["fire up samovar"], guarded["fire up front door"]) == (False, True)


@pytest.mark.parametrize("name", ["front door", "Front Door"])
def test_a_lock_is_guarded_although_a_lamp_has_its_name(name: str) -> None:
    house = House(
        entities=(
            HouseEntity(name="front door", domain="light"),
            HouseEntity(name=name, domain="lock"),
        ),
        sentences=("release {name}",),
    )

    assert [
        is_guarded
        for text, is_guarded in guarded_texts(house).items()
        if text.casefold() == "release front door"
    ] == [True]


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("open sesame", "open sesame"),
        ("unlock [the] {area} door", "unlock the kitchen door"),
        ("unlock everything on {floor}", "unlock everything on ground floor"),
        ("((let|allow)) me (in|out)", "allow me out"),
        ("unlock [{name}] now", "unlock now"),
    ],
)
def test_a_sentence_of_the_user_without_the_name_of_an_entity_is_guarded(
    sentence: str, text: str
) -> None:
    house = House(
        areas=(Area(name="kitchen"),),
        floors=(Floor(name="ground floor"),),
        entities=(HouseEntity(name="samovar", domain="switch"),),
        sentences=(sentence,),
    )

    assert guarded_texts(house)[text]


@pytest.mark.parametrize("mode", [RepairMode.CAREFUL, RepairMode.ON])
@pytest.mark.parametrize(
    ("heard", "command"),
    [
        ("and look the garage door", None),
        ("unlock the cottage tour", None),
        ("unlock the garish door", "unlock the garage door"),
    ],
)
def test_a_text_becomes_a_guarded_sentence_of_the_user_only_if_it_sounds_almost_the_same(
    heard: str, command: str | None, mode: RepairMode
) -> None:
    repair = with_a_guarded_sentence().repair(heard, None, mode)

    assert (repair.text if repair else None) == command


@cache
def with_a_guarded_sentence() -> HouseLanguage:
    return HouseLanguage(
        House(
            areas=(Area(name="garage"), Area(name="kitchen")),
            sentences=("unlock [the] {area} door",),
        )
    )


def guarded_texts(house: House) -> dict[str, bool]:
    """Return for each command of a house whether it needs a text that sounds almost the same."""
    sentences = Sentences(house, words=Words("en"), phones=Phones("en"))
    return {sentences.text(i): sentences.is_guarded(i) for i in range(len(sentences))}


def test_a_sentence_that_stands_for_too_many_texts_displaces_no_other_command(
    caplog: pytest.LogCaptureFixture,
) -> None:
    explosive = "say " + " ".join(["(a|b|c|d|e|f|g|h|i|j)"] * 6)
    with caplog.at_level(logging.WARNING):
        language = HouseLanguage(house_with(explosive))

    assert language.completeness("say a b c d e f") is COMPLETE  # this needs no expansion
    assert len(language.sentences(limit=100_000)) == len(
        HouseLanguage(house_with()).sentences(limit=100_000)
    )
    assert "a sentence of the house stands for 1000000 texts" in caplog.text


def test_sentences_of_the_user_with_names_leave_room_for_the_other_commands(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lamps = tuple(HouseEntity(name=f"lamp {i}", domain="light") for i in range(200))
    long = "[please|kindly|now] (fire|power|light) up {name} " + "[(now|again|today|soon)] " * 3
    with caplog.at_level(logging.WARNING):
        commands = guarded_texts(House(entities=lamps, sentences=(long, "start {name}")))

    assert commands.keys() >= guarded_texts(House(entities=lamps)).keys()
    assert "start lamp 199" in commands
    assert "a sentence of the house stands for " in caplog.text


def test_many_sentences_of_the_user_together_leave_room_for_the_other_commands() -> None:
    lamps = tuple(HouseEntity(name=f"lamp {i}", domain="light") for i in range(200))
    many = tuple(f"tell {i} " + "(a|b|c|d|e|f) " * 4 for i in range(200))
    commands = guarded_texts(House(entities=lamps, sentences=many))

    assert commands.keys() >= guarded_texts(House(entities=lamps)).keys()
    assert "tell 0 a b c d" in commands


def house_with(*sentences: str) -> House:
    house = house_in("en")
    return House(entities=house.entities[:3], areas=house.areas[:1], sentences=sentences)


def test_skip_words_of_home_assistant_are_not_the_user_s_own() -> None:
    assert "please" not in own_skip_words(["please", "kindly"], language="en")
    assert own_skip_words(["kindly", "kindly"], language="en") == ("kindly",)
    assert CommandMatcher(House(skip_words=("kindly",))).completeness("kindly hello") is not UNKNOWN

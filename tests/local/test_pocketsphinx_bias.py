"""PocketSphinx: bias terms and their effect."""

import asyncio
from contextlib import aclosing

import pytest

from patience import PATIENCE_S
from recognised import HEARD, SOMETHING, final_of
from recorded import recorded
from wyoming_bridge.events import FinalText
from wyoming_bridge.local.engines.pocketsphinx.bias import bias
from wyoming_bridge.local.engines.pocketsphinx.engine import PocketsphinxEngine

pytestmark = pytest.mark.once


class Weights:
    """A fake language model that records the words that are added."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def add_word(self, word: str, weight: float) -> None:
        assert weight > 0
        self.words.append(word)


class DictionaryOnly:
    """A fake decoder that has only a dictionary, and that records its calls."""

    def __init__(self, sounds: dict[str, str]) -> None:
        self.added: list[tuple[str, str]] = []
        self.weights = Weights()
        self.active = "usual"
        self._sounds = sounds

    def lookup_word(self, word: str) -> str | None:
        return self._sounds.get(word)

    def add_word(self, word: str, phones: str, update: bool) -> None:  # noqa: FBT001 - the decoder's own signature
        self.added.append((word, phones))

    def current_search(self) -> str:
        return self.active

    def get_lm(self, name: str) -> "Weights":
        assert name == "usual"
        return self.weights

    def add_lm(self, name: str, lm: "Weights") -> None:
        assert lm is self.weights

    def activate_search(self, name: str) -> None:
        self.active = name


class TestBias:
    TERMS = ("Dashwood", "prudently leisure", "selfish", "to be ill disposed")

    async def test_words_of_terms_are_recognised_that_were_missed_without_them(
        self, pocketsphinx: PocketsphinxEngine
    ) -> None:
        final = await final_of(
            await pocketsphinx.open(bias_terms=self.TERMS), recorded("austen-0890")
        )
        assert final.text == (
            "hello study rather cold hearted and rather selfish is to be ill disposed"
        )
        assert [word.text for word in final.words] == final.text.split()

    @pytest.mark.parametrize("name", ["something", "goforward", "austen-0920"])
    async def test_terms_do_not_change_other_words(
        self, pocketsphinx: PocketsphinxEngine, name: str
    ) -> None:
        voice = await pocketsphinx.open(bias_terms=self.TERMS)
        assert (await final_of(voice, recorded(name))).text == HEARD[name]

    async def test_the_terms_of_a_voice_do_not_bias_other_voices(
        self, pocketsphinx: PocketsphinxEngine
    ) -> None:
        biased, plain = await pocketsphinx.open(bias_terms=self.TERMS), await pocketsphinx.open()
        pcm = recorded("austen-0890")
        finals = await asyncio.gather(final_of(biased, pcm), final_of(plain, pcm))
        assert finals[0].text != finals[1].text == HEARD["austen-0890"]

    async def test_a_partial_is_written_in_the_dictionarys_words(
        self, pocketsphinx: PocketsphinxEngine
    ) -> None:
        voice = await pocketsphinx.open(bias_terms=["somewhere", "something"])
        await voice.feed(SOMETHING)
        await voice.flush()
        texts = []
        async with asyncio.timeout(PATIENCE_S), aclosing(voice.results()) as results:
            async for result in results:
                texts.append(result.text)
                if isinstance(result, FinalText):
                    break
        assert texts[-1] == HEARD["something"]
        assert "go somewhere" in texts
        assert "^" not in "".join(texts)

    @pytest.mark.parametrize(
        "terms",
        [
            ["xyzzy"],
            ["<s>", "[NOISE]", "++", "go(2)", "go^"],
            ["", " ", "\0", "go\0", "\ud83d", "日本", "go, go!"],
            ["go"] * 5000,
        ],
    )
    async def test_a_word_that_the_dictionary_does_not_have_is_ignored(
        self, pocketsphinx: PocketsphinxEngine, terms: list[str]
    ) -> None:
        voice = await pocketsphinx.open(bias_terms=terms)
        assert (await final_of(voice, SOMETHING)).text == HEARD["something"]

    async def test_a_twin_has_every_pronunciation_of_its_word(self) -> None:
        decoder = DictionaryOnly({"leisure": "L EH", "leisure(2)": "L IY", "a": "AH"})
        bias(decoder, "Leisure a b leisure a(2)")
        assert decoder.added == [("a^", "AH"), ("leisure^", "L EH"), ("leisure^(2)", "L IY")]
        assert decoder.weights.words == ["a^", "leisure^"]
        assert decoder.active == "biased"

    async def test_without_a_known_word_the_search_is_not_changed(self) -> None:
        decoder = DictionaryOnly({})
        bias(decoder, "b")
        bias(decoder, "")
        assert (decoder.added, decoder.active) == ([], "usual")

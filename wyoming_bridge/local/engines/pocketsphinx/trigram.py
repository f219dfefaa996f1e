"""A trigram language model of sentences, and its text in the ARPA format.

The history of a word is the one or two words before it. The smoothing is Witten and Bell's: the
probability of a word after a history is mixed with its probability after the shorter history, which
lacks the first word. The weight of the shorter history is the number of different words that follow
the whole history. Words that are in no sentence can be recognised too: they have a part of the
probability without a history.

The module imports only the standard library.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import log10
from typing import Final

__all__ = ["BEGIN", "END", "Trigram"]

BEGIN: Final = "<s>"
"""The beginning of a sentence. It has no probability, because it follows no word."""

END: Final = "</s>"
"""The end of a sentence."""

_ORDER: Final = 3

_LOG_ZERO: Final = -99.0
"""The number that stands for the logarithm of 0 in the ARPA format."""

_Words = tuple[str, ...]


class Trigram:
    """The probability of each word, given at most two words before it."""

    def __init__(
        self,
        sentences: Iterable[str],
        *,
        general: Mapping[str, float] | None = None,
        general_share: float = 0.0,
    ) -> None:
        """Estimate the model from sentences, whose words are separated by spaces.

        ``general`` has further words, with positive weights. The probabilities without a history
        are shared: the further words together get ``general_share``, which is at least 0 and less
        than 1, and the words of the sentences get the rest.

        Raises:
            ValueError: The sentences have no words.
        """
        self._counts = _counted(sentences)
        if self._counts.get((), {}).keys() <= {END}:
            raise ValueError("sentences must contain at least one word, got none")
        self._totals = {history: sum(each.values()) for history, each in self._counts.items()}
        general = general or {}
        total = sum(general.values())
        self._share = general_share if general else 0.0
        self._general = {word: weight / total for word, weight in general.items()}

    @property
    def sentence_words(self) -> frozenset[str]:
        """The words of the sentences."""
        return frozenset(self._counts[()]) - {END}

    @property
    def words(self) -> frozenset[str]:
        """All words that have a probability."""
        return self.sentence_words.union(self._general)

    def probability(self, word: str, history: _Words = ()) -> float:
        """Return the probability that ``word`` follows the history. ``word`` may be ``END``."""
        followers = self._counts.get(history)
        if followers is None:
            return self.probability(word, history[1:])
        if not history:
            seen = followers.get(word, 0) / self._totals[()]
            return (1 - self._share) * seen + self._share * self._general.get(word, 0.0)
        shorter = self.probability(word, history[1:])
        kinds = len(followers)
        return (followers.get(word, 0) + kinds * shorter) / (self._totals[history] + kinds)

    def backoff(self, history: _Words) -> float:
        """Return the back-off weight of a history.

        If a word never follows the history in the sentences, its probability is this weight times
        its probability after the shorter history.
        """
        kinds = len(self._counts.get(history, ()))
        return kinds / (self._totals[history] + kinds) if kinds else 1.0

    def arpa(self) -> Iterator[str]:
        """Yield the lines of the model in the ARPA format, with their line breaks."""
        grams: list[list[_Words]] = [
            [(word,) for word in sorted({*self.words, BEGIN, END})],
            [],
            [],
        ]
        for history, followers in sorted(self._counts.items()):
            if history:
                grams[len(history)] += ((*history, word) for word in sorted(followers))
        yield "\\data\\\n"
        for order, of_order in enumerate(grams, start=1):
            yield f"ngram {order}={len(of_order)}\n"
        for order, of_order in enumerate(grams, start=1):
            yield f"\n\\{order}-grams:\n"
            for gram in of_order:
                share = self.probability(gram[-1], gram[:-1])
                fields = [f"{log10(share) if share else _LOG_ZERO:.5f}", " ".join(gram)]
                if order < _ORDER:
                    fields.append(f"{log10(self.backoff(gram)):.5f}")
                yield "\t".join(fields) + "\n"
        yield "\n\\end\\\n"


def _counted(sentences: Iterable[str]) -> Mapping[_Words, Mapping[str, int]]:
    """Return how often each word follows each history of zero, one or two words."""
    counts: defaultdict[_Words, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        words = (BEGIN, *sentence.split(), END)
        for at in range(1, len(words)):
            for length in range(min(at, _ORDER - 1) + 1):
                counts[words[at - length : at]][words[at]] += 1
    return dict(counts)

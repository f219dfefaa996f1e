"""Computes the figures of each profile from its trials."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from .statistics import Figure, difference, estimate, percentile, proportion
from .trial import Trial

__all__ = ["Summary", "summaries"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The figures of one profile. Shares are from 0 to 1. A figure without any trials is None."""

    profile: str
    trials: int
    errors: int
    """The number of recordings without a transcript."""
    word_errors: Figure | None
    """Wrong, missing and made-up words, per word that was said."""
    word_errors_more: Figure | None
    """By how much ``word_errors`` is larger than that of the first profile."""
    right: Figure | None
    """The share of the recordings in which every word is right."""
    intent_right: Figure | None
    """The share of the commands that Home Assistant would understand in the same way."""
    response_p50_ms: Figure | None
    response_p95_ms: Figure | None
    cut: Figure | None
    """The share of utterances that ended before the end of the speech. Only recordings with speech
    and a transcript count, here and in ``late``."""
    late: Figure | None
    """The share of texts that came later than ``LATE_MS`` after the end of the speech."""
    sent_s: float
    price: float | None
    """What the service charges for ``sent_s``, in the currency of ``price_per_hour``."""

    def to_data(self) -> dict[str, object]:
        """Return the figures as JSON values."""
        return asdict(self)


def summaries(
    trials: Sequence[Trial], *, profiles: Sequence[str], prices: dict[str, float | None]
) -> list[Summary]:
    """Return the figures, in the order of ``profiles``. ``prices`` are per hour of audio."""
    of = {
        profile: {each.item: each for each in trials if each.profile == profile}
        for profile in profiles
    }
    first = of[profiles[0]]
    return [_summary(name, of[name], first=first, price=prices.get(name)) for name in profiles]


def _summary(
    profile: str, trials: dict[str, Trial], *, first: dict[str, Trial], price: float | None
) -> Summary:
    played = list(trials.values())
    common = [name for name in trials if name in first]
    timed = [each for each in played if each.response_ms is not None]
    responses = [each.response_ms for each in timed if each.response_ms is not None]
    intents = [
        each.score.is_intent_right for each in played if each.score.is_intent_right is not None
    ]
    sent_s = sum(each.sent_s for each in played)
    return Summary(
        profile=profile,
        trials=len(played),
        errors=sum(each.text is None for each in played),
        word_errors=estimate(played, _word_errors) if _has_words(played) else None,
        word_errors_more=difference(
            [first[name] for name in common], [trials[name] for name in common], _word_errors
        )
        if trials is not first and _has_words([first[name] for name in common])
        else None,
        right=proportion([each.score.is_right for each in played]),
        intent_right=proportion(intents),
        response_p50_ms=estimate(responses, lambda values: percentile(values, 0.5)),
        response_p95_ms=estimate(responses, lambda values: percentile(values, 0.95)),
        cut=proportion([each.is_cut for each in timed]),
        late=proportion([each.is_late for each in timed]),
        sent_s=sent_s,
        price=None if price is None else price * sent_s / 3600,
    )


def _has_words(trials: Sequence[Trial]) -> bool:
    return any(each.score.words for each in trials)


def _word_errors(trials: Sequence[Trial]) -> float:
    return sum(each.score.errors for each in trials) / max(1, sum(t.score.words for t in trials))

"""How many examples the tests try: few in ordinary runs, many in the nightly workflow.

The environment variable ``HYPOTHESIS_PROFILE`` chooses: ``quick``, the default, tries 25 examples
per test; ``thorough`` tries as many as a test asks for, or 100. Tests that try every moment of an
utterance share the moments in the profile ``quick``.
"""

import os

from hypothesis import settings

PROFILES = {"quick": 25, "thorough": 100}
CHOSEN = os.environ.get("HYPOTHESIS_PROFILE", "quick")


def load_profile() -> None:
    """Load hypothesis' profile. This must run before test modules are imported."""
    for name, examples in PROFILES.items():
        # No deadline, because a Raspberry Pi is slow and the first example loads soxr.
        settings.register_profile(name, deadline=None, max_examples=examples)
    settings.load_profile(CHOSEN)


def examples(*, thorough: int) -> settings:
    """Return a decorator for a test. In the thorough profile it tries ``thorough`` examples."""
    return settings(max_examples=thorough) if CHOSEN == "thorough" else settings()


def moments(end_ms: int, *, every_ms: int, share: int, shares: int) -> range:
    """Return the times in ms from 0 to ``end_ms`` at which a test lets something happen.

    In the thorough profile, each of the tests tries all times. Otherwise it tries one of ``shares``
    shares, and the tests with the numbers 0 to ``shares`` - 1 together try all times. A number
    beyond that begins with the first share again.
    """
    if CHOSEN == "thorough":
        return range(0, end_ms, every_ms)
    return range(share % shares * every_ms, end_ms, shares * every_ms)

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

    In the thorough profile, each test tries all times. Otherwise the times are divided into
    ``shares`` shares, and a test tries the share with the index ``share % shares``. So the tests
    with a ``share`` of 0 to ``shares`` - 1 together try all times.
    """
    if CHOSEN == "thorough":
        return range(0, end_ms, every_ms)
    return range(share % shares * every_ms, end_ms, shares * every_ms)

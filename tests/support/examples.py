"""How many examples hypothesis tries: few in ordinary runs, many in the nightly workflow.

The environment variable ``HYPOTHESIS_PROFILE`` chooses: ``quick``, the default, tries 25 examples
per test; ``thorough`` tries as many as a test asks for, or 100.
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

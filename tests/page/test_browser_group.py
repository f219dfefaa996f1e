"""Whether the tests in a browser can run."""

from importlib.util import find_spec

import pytest

from needed import fail_or_skip


@pytest.mark.once
def test_the_group_browser_is_installed() -> None:
    """``test_browser.py`` is skipped without it, but must not be skipped everywhere."""
    missing = [name for name in ("playwright", "axe_playwright_python") if find_spec(name) is None]
    if missing:
        fail_or_skip(f"the group browser is not installed: {', '.join(missing)} are missing")

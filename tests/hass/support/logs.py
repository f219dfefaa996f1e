"""Reads the log lines of the integration."""

import logging
from typing import Final

import pytest

_LOGGER: Final = "custom_components.wyoming_bridge"


def logged_levels(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the levels of the integration's log lines.

    Lines of the integration's logger count from level INFO. Lines of child loggers, which are those
    of the integration's modules and of the package, count from level WARNING.
    """
    return [
        logging.getLevelName(level)
        for logger, level, _ in caplog.record_tuples
        if (logger == _LOGGER and level >= logging.INFO)
        or (logger.startswith(f"{_LOGGER}.") and level >= logging.WARNING)
    ]

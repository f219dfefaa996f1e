"""Reads the log lines of the integration."""

import logging
from typing import Final

import pytest

_LOGGER: Final = "custom_components.wyoming_bridge"


def logged_levels(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the levels of the integration's log lines.

    Of the loggers of its modules, and of the package below it, only warnings and errors count.
    """
    return [
        logging.getLevelName(level)
        for logger, level, _ in caplog.record_tuples
        if (logger == _LOGGER and level >= logging.INFO)
        or (logger.startswith(f"{_LOGGER}.") and level >= logging.WARNING)
    ]

"""What the integration wrote to the log."""

import logging
from typing import Final

import pytest

_OURS: Final = "custom_components.wyoming_bridge"


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Its lines, by how much they matter; of the package within only what everybody sees."""
    return [
        logging.getLevelName(level)
        for logger, level, _ in caplog.record_tuples
        if (logger == _OURS and level >= logging.INFO)
        or (logger.startswith(f"{_OURS}.") and level >= logging.WARNING)
    ]

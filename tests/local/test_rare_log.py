"""``RareLog``, which writes one line per minute for each kind of event."""

import logging

import pytest

from wyoming_bridge.local.rare_log import RareLog


def test_many_events_are_one_line_per_minute_and_kind(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    now = 0.0
    log = RareLog(logging.getLogger("refusals"), now=lambda: now)
    for _ in range(1000):
        log.note("401", "refused with 401")
        log.note("busy", "no room")
    now = 61.0
    log.note("401", "refused with 401")

    assert caplog.messages == [
        "refused with 401",
        "no room",
        "refused with 401 (and 999 times since the last such line)",
    ]

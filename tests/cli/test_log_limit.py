"""The limit of the log, with a clock that the test sets."""

import logging

import pytest

from wyoming_bridge.cli.log_limit import LogLimit


class Log(logging.Handler):
    """A log whose clock the test sets."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.lines: list[str] = []
        self.addFilter(LogLimit(clock=lambda: self.now))
        self._logger = logging.getLogger(f"{__name__}.{id(self)}")
        self._logger.addHandler(self)
        self._logger.propagate = False  # pytest cannot report unpaired surrogates

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def write(self, text: str, *values: object) -> None:
        self._logger.warning(text, *values)

    def fail(self, error: Exception) -> None:
        self._logger.error("failed", exc_info=error)


def test_a_flood_of_one_line_is_cut_and_counted_and_does_not_hide_others() -> None:
    log = Log()
    for number in range(1000):
        log.write("profile %d: trying again", number)
    log.write("something else")

    assert len(log.lines) < 60
    assert sum(map(len, log.lines)) < 3_000
    assert (
        log.lines[-1] == f"something else ({1001 - len(log.lines)} lines before it were left out)"
    )


def test_many_kinds_of_lines_together_stay_below_10_kb_a_minute() -> None:
    log = Log()
    for number in range(1000):
        log.write(f"line {number} of another kind: {'x' * 100}")

    assert sum(len(line) + 30 for line in log.lines) < 10_000


def test_after_a_minute_lines_are_written_again() -> None:
    log = Log()
    for _ in range(1000):
        log.write("again")
    written = len(log.lines)
    log.now += 60
    log.write("again")
    log.write("again")

    assert log.lines[written:] == [
        f"again ({1000 - written} lines before it were left out)",
        "again",
    ]


def test_the_limit_holds_for_any_period_of_a_minute() -> None:
    log = Log()
    sizes: list[tuple[float, int]] = []
    for number in range(2000):
        log.now += 0.1
        before = len(log.lines)
        log.write(f"line {number % 7}: {'x' * 100}")
        sizes += [(log.now, len(line) + 30) for line in log.lines[before:]]

    minutes = [sum(size for at, size in sizes if begin <= at < begin + 60) for begin, _ in sizes]
    assert max(minutes) < 10_000


def test_the_first_traceback_is_written_whatever_its_length() -> None:
    log = Log()
    for _ in range(10):
        log.fail(ValueError("x" * 5000))

    assert [line.count("x" * 5000) for line in log.lines] == [1]


@pytest.mark.parametrize("text", ["100 %", "{}", "é\ud800"], ids=["percent", "braces", "broken"])
def test_any_text_is_written(text: str) -> None:
    log = Log()
    log.write(text)

    assert log.lines == [text]

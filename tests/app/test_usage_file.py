"""The usage of today, kept in a file, survives a restart and is never half written."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from usage_files import TODAY, YESTERDAY, file_of, opened, seconds_in
from wyoming_bridge.app.usage_file import UsageFile
from wyoming_bridge.errors import BudgetError, ConfigError


def test_usage_is_kept_across_a_restart(tmp_path: Path) -> None:
    usage_file = opened(tmp_path / "state")
    usage_file.budget("kitchen").spend(12.5)
    usage_file.save()

    assert opened(tmp_path / "state").budget("kitchen").spent_s == 12.5


def test_the_usage_of_yesterday_does_not_count_today(tmp_path: Path) -> None:
    usage_file = opened(tmp_path)
    file_of(tmp_path).write_text(
        json.dumps({"kitchen": {"day": YESTERDAY.isoformat(), "seconds": 99}})
    )
    usage_file.open()

    assert usage_file.budget("kitchen").spent_s == 0


def test_the_usage_of_profiles_that_are_not_in_use_is_kept(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.budget("garage").spend(1)
    first.save()
    second = opened(tmp_path)
    second.budget("kitchen").spend(2)
    second.save()

    third = opened(tmp_path)
    assert [third.budget(name).spent_s for name in ("garage", "kitchen")] == [1, 2]


def test_a_huge_usage_counts_as_spent(tmp_path: Path) -> None:
    (tmp_path / "audio-sent.json").write_text(
        f'{{"kitchen": {{"day": "{TODAY}", "seconds": 1e308}}}}'
    )
    budget = opened(tmp_path).budget("kitchen")
    budget.max_s = 10

    with pytest.raises(BudgetError):
        budget.check(provider="test")


def test_usage_counts_on_a_machine_that_starts_with_an_earlier_date(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """After a restart, a clock without a battery shows an earlier day until it is set."""
    clock = [TODAY]
    before = UsageFile(tmp_path, today=lambda: clock[0])
    before.open()
    before.budget("kitchen").spend(50)
    before.save()

    clock[0] = TODAY - timedelta(days=9)
    after = UsageFile(tmp_path, today=lambda: clock[0])
    after.open()
    budget = after.budget("kitchen")
    after.load()
    assert budget.spent_s == 50
    budget.spend(5)
    after.save()
    assert budget.spent_s == 55
    assert f"counts for {TODAY}, which is after today, {clock[0]}" in caplog.text

    clock[0] = TODAY
    assert budget.spent_s == 55
    assert json.loads(file_of(tmp_path).read_text()) == {
        "kitchen": {"day": TODAY.isoformat(), "seconds": 55.0}
    }
    clock[0] = TODAY + timedelta(days=1)
    assert budget.spent_s == 0


def test_a_clock_that_goes_back_over_midnight_does_not_reset_the_day(tmp_path: Path) -> None:
    clock = [TODAY]
    usage_file = UsageFile(tmp_path, today=lambda: clock[0])
    usage_file.open()
    budget = usage_file.budget("kitchen")
    budget.spend(30)
    clock[0] = YESTERDAY

    assert budget.spent_s == 30
    budget.spend(1)
    clock[0] = TODAY
    assert budget.spent_s == 31


def test_a_clock_that_was_ahead_for_a_moment_without_audio_changes_nothing(tmp_path: Path) -> None:
    clock = [TODAY]
    usage_file = UsageFile(tmp_path, today=lambda: clock[0])
    usage_file.open()
    budget = usage_file.budget("kitchen")
    budget.spend(30)
    clock[0] = TODAY + timedelta(days=3650)
    assert budget.spent_s == 0
    clock[0] = TODAY

    assert budget.spent_s == 30


def test_a_clock_that_was_ahead_while_audio_was_sent_is_logged_once_with_a_remedy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [TODAY + timedelta(days=3650)]
    usage_file = UsageFile(tmp_path, today=lambda: clock[0])
    usage_file.open()
    usage_file.budget("1f0c", title="kitchen").spend(30)
    usage_file.load()
    assert not caplog.messages

    clock[0] = TODAY
    usage_file.load()
    usage_file.load()

    (message,) = caplog.messages
    assert f"the usage of kitchen counts for {TODAY + timedelta(days=3650)}" in message
    assert message.startswith(str(file_of(tmp_path)))
    assert "delete it" in message


def test_a_day_that_begins_while_the_file_is_read_is_not_a_later_day(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    days = iter((TODAY, TODAY + timedelta(days=1)))
    usage_file = UsageFile(tmp_path, today=lambda: next(days))
    usage_file.open()
    usage_file.budget("kitchen")

    usage_file.load()

    assert not caplog.messages


def test_the_error_names_the_folder_that_cannot_be_created(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match=r"state: .*file.*: Not a directory"):
        UsageFile(tmp_path / "file" / "state").open()


def test_a_failed_save_is_logged_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    usage_file = opened(tmp_path / "state")
    usage_file.budget("kitchen").spend(1)
    file = file_of(tmp_path / "state")
    file.with_suffix(".new").mkdir()  # a save fails, because it first writes a file at this path
    usage_file.save()
    file.with_suffix(".new").rmdir()
    usage_file.save()

    assert "cannot be written" in caplog.text
    assert json.loads(file.read_text())["kitchen"]["seconds"] == 1


def test_an_unchanged_usage_is_not_written_again(tmp_path: Path) -> None:
    usage_file = opened(tmp_path)
    usage_file.budget("kitchen").spend(1)
    usage_file.save()
    before = file_of(tmp_path).stat().st_mtime_ns
    usage_file.save()

    assert file_of(tmp_path).stat().st_mtime_ns == before


def test_two_programs_add_their_usage_to_one_file(tmp_path: Path) -> None:
    programs = [opened(tmp_path) for _ in range(2)]
    budgets = [program.budget("kitchen") for program in programs]
    for seconds in (5, 3):
        for program, budget in zip(programs, budgets, strict=True):
            budget.spend(seconds)
            program.save()

    assert seconds_in(tmp_path) == 16
    assert [budget.spent_s for budget in budgets] == [13, 16], "the first has not read again"


def test_the_limit_includes_the_usage_that_another_program_has_added(tmp_path: Path) -> None:
    here, there = opened(tmp_path), opened(tmp_path)
    budget = here.budget("kitchen")
    budget.max_s = 10
    there.budget("kitchen").spend(10)
    there.save()

    budget.check(provider="test")
    here.load()
    with pytest.raises(BudgetError):
        budget.check(provider="test")
    assert budget.sent_s == 0


def test_programs_that_save_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    programs = [opened(tmp_path) for _ in range(4)]

    def send(program: UsageFile) -> None:
        budget = program.budget("kitchen")
        for _ in range(25):
            budget.spend(1)
            program.save()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(send, programs))

    assert seconds_in(tmp_path) == 100


def test_two_threads_of_one_program_do_not_count_its_audio_twice(tmp_path: Path) -> None:
    """The last save may begin while an earlier one still waits for the memory card."""
    program = opened(tmp_path)
    program.budget("kitchen").spend(5)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: program.save(), range(8)))

    assert seconds_in(tmp_path) == 5


def test_fractions_that_were_rounded_off_are_added_later(tmp_path: Path) -> None:
    program = opened(tmp_path)
    budget = program.budget("kitchen")
    for _ in range(10):
        budget.spend(0.004)
        program.save()

    assert seconds_in(tmp_path) == 0.04


def test_audio_is_added_to_the_day_of_a_program_whose_clock_was_ahead(tmp_path: Path) -> None:
    ahead = UsageFile(tmp_path, today=lambda: TODAY + timedelta(days=1))
    ahead.open()
    here = opened(tmp_path)
    budget = here.budget("kitchen")
    budget.spend(1)
    ahead.budget("kitchen").spend(10)
    ahead.save()
    here.save()
    budget.spend(2)
    here.save()

    assert budget.spent_s == 13
    assert seconds_in(tmp_path) == 13


def test_a_program_of_another_user_can_lock_the_file(tmp_path: Path) -> None:
    opened(tmp_path)
    (tmp_path / "audio-sent.lock").chmod(0o444)

    opened(tmp_path)

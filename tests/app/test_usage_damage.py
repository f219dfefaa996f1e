"""A usage file that is damaged: what still counts, and what is restored."""

from pathlib import Path

import pytest

from usage_files import TODAY, file_of, opened, seconds_in
from wyoming_bridge.errors import BudgetError


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"kitchen": 5}',
        '{"kitchen": {"day": 5, "seconds": 1}}',
        '{"kitchen": {"day": "soon", "seconds": 1}}',
        *(
            f'{{"kitchen": {{"day": "{TODAY}", "seconds": {seconds}}}}}'
            for seconds in ("NaN", "-5", "Infinity", "-Infinity", "true", '"9"', "null", "[1]")
        ),
        f'{{"kitchen": {{"day": "{TODAY}", "seconds": 1{"0" * 400}}}}}',
        f'{{"kitchen": {{"day": "{TODAY}", "seconds": 1{"0" * 5000}}}}}',
        f'{{"kitchen": {{"day": "{TODAY}"}}}}',
        "[" * 100_000,
        '{"kitchen":' * 100_000,
        f'{{"kitchen": {{"day": "{TODAY}", "seconds": 5}}}}' + " " * (1 << 20),
        "\0" * 500,
    ],
)
def test_a_damaged_file_counts_from_zero_with_one_warning(
    content: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "audio-sent.json").write_text(content)
    usage_file = opened(tmp_path)
    budget = usage_file.budget("kitchen")
    usage_file.load()
    budget.max_s = 10

    assert budget.spent_s == 0
    budget.spend(10)
    with pytest.raises(BudgetError):
        budget.check(provider="test")
    (warning,) = caplog.messages
    assert "audio-sent.json is damaged; the usage of" in warning
    assert opened(tmp_path).budget("kitchen").spent_s == 0, "the file is whole again"
    assert len(caplog.messages) == 1


def test_a_damaged_entry_does_not_change_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "audio-sent.json").write_text(
        f'{{"kitchen": {{"day": "{TODAY}", "seconds": NaN}},'
        f' "attic": {{"day": "{TODAY}", "seconds": 7}}}}'
    )
    usage_file = opened(tmp_path)

    assert [usage_file.budget(name).spent_s for name in ("kitchen", "attic")] == [0, 7]
    assert "the usage of kitchen starts at zero" in caplog.text


def test_a_program_that_does_not_use_a_profile_leaves_its_damaged_entry(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "audio-sent.json").write_text('{"kitchen": "much"}')
    other = opened(tmp_path)
    other.budget("attic").spend(7)
    other.save()
    assert not caplog.messages

    usage_file = opened(tmp_path)

    assert [usage_file.budget(name).spent_s for name in ("kitchen", "attic")] == [0, 7]
    (warning,) = caplog.messages
    assert warning.endswith("audio-sent.json is damaged; the usage of kitchen starts at zero")


@pytest.mark.parametrize(
    "damage",
    [
        "damaged",
        '{"kitchen": {"day": "soon", "seconds": 9}, "attic": []}',
        f'{{"kitchen": {{"day": "{TODAY}", "seconds": -9}}, "attic": null}}',
    ],
)
def test_a_program_restores_what_is_damaged_while_it_runs_with_one_warning(
    damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = opened(tmp_path)
    other.budget("attic").spend(7)
    other.save()
    usage_file = opened(tmp_path)
    budget = usage_file.budget("kitchen", title="Kitchen")
    budget.spend(10)
    usage_file.save()

    file_of(tmp_path).write_text(damage)
    for _ in range(3):
        usage_file.load()

    assert budget.spent_s == 10
    (warning,) = caplog.messages
    assert "is damaged; this program restores the usage that it has read last" in warning
    assert warning.endswith(": attic 7 s, Kitchen 10 s")
    again = opened(tmp_path)
    assert [again.budget(name).spent_s for name in ("kitchen", "attic")] == [10, 7]


def test_a_damaged_file_that_cannot_be_restored_causes_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    usage_file = opened(tmp_path)
    usage_file.budget("kitchen").spend(10)
    usage_file.save()
    file_of(tmp_path).write_text("damaged")
    (tmp_path / "audio-sent.new").mkdir()  # where the new file would be written

    for _ in range(3):
        usage_file.load()

    assert len(caplog.messages) == 1
    assert usage_file.budget("kitchen").spent_s == 10


@pytest.mark.parametrize("damage", [None, "damaged"])
def test_a_running_program_restores_a_deleted_or_damaged_file(
    damage: str | None, tmp_path: Path
) -> None:
    here, there = opened(tmp_path), opened(tmp_path)
    there.budget("kitchen").spend(10)
    there.save()
    budget = here.budget("kitchen")
    here.load()
    file = file_of(tmp_path)
    file.unlink() if damage is None else file.write_text(damage)
    here.load()
    assert budget.spent_s == 10

    budget.spend(1)
    here.save()

    assert budget.spent_s == 11
    assert seconds_in(tmp_path) == 11

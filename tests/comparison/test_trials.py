"""Trials, the file that keeps them, and the figures from them."""

import errno
import re
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pytest

from wyoming_bridge.comparison.page import page
from wyoming_bridge.comparison.scoring import Score
from wyoming_bridge.comparison.statistics import proportion
from wyoming_bridge.comparison.summary import summaries
from wyoming_bridge.comparison.table import table
from wyoming_bridge.comparison.trial import Trial, TrialLog
from wyoming_bridge.errors import ConfigError, StateError


def a_trial(
    item: str = "a.wav", profile: str = "one", *, deleted: int = 0, **values: object
) -> Trial:
    score = Score(
        words=4,
        substituted=0,
        deleted=deleted,
        inserted=0,
        is_right=not deleted,
        is_intent_right=not deleted,
    )
    given: dict[str, object] = {
        "key": "k",
        "truth": "turn on the light",
        "text": "turn on the light",
        "response_ms": 600.0,
        "is_cut": False,
        "sent_s": 2.5,
    }
    return Trial(item=item, profile=profile, score=score, **{**given, **values})


def test_a_comparison_continues_where_it_was_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    log = TrialLog(path)
    log.add(a_trial())
    with path.open("a") as file:
        file.write('{"item": "b.wav", "prof')  # the comparison was killed while it wrote

    again = TrialLog(path)
    again.add(a_trial("b.wav"))

    assert again.find("a.wav", "one", "k") == a_trial()
    assert TrialLog(path).find("b.wav", "one", "k") == a_trial("b.wav")


def test_an_unfinished_line_that_cannot_be_removed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "trials.jsonl"
    path.write_text('{"item": "b.wav", "prof')

    opened = Path.open

    def full(path: Path, mode: str = "r", **options: Any) -> IO[Any]:
        if mode == "w":
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(path, mode, **options)

    monkeypatch.setattr(Path, "open", full)

    with pytest.raises(StateError, match=r"trials\.jsonl: No space left on device"):
        TrialLog(path)


def test_a_text_with_any_characters_stays_one_line(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    trial = a_trial(text="turn\u2028on\u2029the\x85light\nat once")
    TrialLog(path).add(trial)

    assert TrialLog(path).find("a.wav", "one", "k") == trial


def test_a_trial_with_other_settings_or_audio_is_repeated(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    TrialLog(path).add(a_trial())

    assert TrialLog(path).find("a.wav", "one", "another") is None


def test_a_trial_that_failed_is_repeated(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    TrialLog(path).add(a_trial(text=None, error="is away"))
    assert TrialLog(path).find("a.wav", "one", "k") is None

    TrialLog(path).add(a_trial())
    assert TrialLog(path).find("a.wav", "one", "k") == a_trial()


@pytest.mark.parametrize(
    "text", ["Dear Sir,\nhow are you?\n", "one line\n", "one line", '{"other": 1}\n', '{"other']
)
def test_another_file_is_not_changed(tmp_path: Path, text: str) -> None:
    path = tmp_path / "letter.txt"
    path.write_text(text)

    with pytest.raises(ConfigError, match=r"letter\.txt: line 1"):
        TrialLog(path)

    assert path.read_text() == text


def some_trials() -> list[Trial]:
    return [
        *(a_trial(f"{n}.wav", "one", deleted=n % 2) for n in range(8)),
        *(a_trial(f"{n}.wav", "two", response_ms=2000.0 if n == 3 else 300.0) for n in range(7)),
        a_trial("7.wav", "two", deleted=4, text=None, error="is away", response_ms=None),
    ]


def test_the_figures_of_each_profile() -> None:
    one, two = summaries(some_trials(), profiles=["one", "two"], prices={"two": 3.6})

    assert (one.trials, one.errors, one.price) == (8, 0, None)
    assert (two.trials, two.errors) == (8, 1)
    assert two.price == pytest.approx(20 / 3600 * 3.6)
    assert one.word_errors is not None
    assert one.word_errors.value == 4 / 32
    assert one.word_errors_more is None
    assert two.word_errors_more is not None
    assert two.word_errors_more.value == 0
    assert one.right is not None
    assert one.right.value == 0.5
    assert two.response_p50_ms is not None
    assert two.response_p50_ms.value == 300


def test_cut_and_late_have_intervals_and_leave_out_recordings_without_a_transcript() -> None:
    trials = [replace(each, is_cut=each.item in {"1.wav", "2.wav"}) for each in some_trials()]
    one, two = summaries(trials, profiles=["one", "two"], prices={})

    assert (one.cut, one.late) == (proportion([True] * 2 + [False] * 6), proportion([False] * 8))
    assert (two.cut, two.late) == (
        proportion([True] * 2 + [False] * 5),
        proportion([True] + [False] * 6),
    )
    assert one.late is not None
    assert one.late.high > 0.3  # 8 recordings cannot show that a profile is never late
    shown = [line.split("|") for line in table([one, two]).splitlines()]
    columns = [cell.strip() for cell in shown[0]]
    cells = dict(zip(columns, (cell.strip() for cell in shown[3]), strict=True))
    assert (cells["cut"], cells["late"], cells["failed"]) == (
        "28.6 % [8.2..64.1]",
        "14.3 % [2.6..51.3]",
        "1 of 8",
    )
    assert two.to_data()["cut"] == {
        "value": pytest.approx(2 / 7),
        "low": pytest.approx(0.082, abs=0.001),
        "high": pytest.approx(0.641, abs=0.001),
    }
    labels = re.findall('aria-label="(.*?)"', page([one, two], trials, title="t"))
    assert "Ended before the end of the speech: one 25.0 %, two 28.6 %" in labels
    assert "Text later than 1500 ms: one 0.0 %, two 14.3 %" in labels


def test_a_profile_without_trials_has_no_figures() -> None:
    (_, nothing) = summaries(some_trials()[:8], profiles=["one", "none"], prices={})

    assert (nothing.trials, nothing.word_errors, nothing.response_p95_ms) == (0, None, None)


def test_the_table_has_a_row_for_each_profile() -> None:
    lines = table(summaries(some_trials(), profiles=["one", "two"], prices={"two": 1})).splitlines()

    assert len(lines) == 4
    assert len({len(line) for line in lines}) == 1
    assert "12.5 % [" in lines[2]
    assert "1 of 8" in lines[3]


def test_the_page_shows_all_texts_and_escapes_their_html() -> None:
    evil = "</td><script>alert(1)</script>"
    trials = [replace(each, text=evil) if each.text else each for each in some_trials()]
    found = summaries(trials, profiles=["one", "two"], prices={})

    shown = page(found, trials, title=evil)

    assert "<script" not in shown
    assert "http" not in shown.replace("http-equiv", "")
    assert shown.count("<svg") == 6
    assert "is away" in shown
    assert "NaN" not in shown


def test_each_plot_has_a_label_with_its_figures() -> None:
    trials = [
        replace(each, score=replace(each.score, is_intent_right=each.profile == "one"))
        for each in some_trials()
    ]
    shown = page(summaries(trials, profiles=["one", "two"], prices={}), trials, title="t")

    assert re.findall('aria-label="(.*?)"', shown) == [
        "Word errors: one 12.5 %, two 12.5 %",
        "Every word right: one 50.0 %, two 87.5 %",
        "Intent right: one 100.0 %, two 0.0 %",
        "Ended before the end of the speech: one 0.0 %, two 0.0 %",
        "Text later than 1500 ms: one 0.0 %, two 14.3 %",
        "Time from the end of the speech to the text: one 600 ms, two 300 ms",
    ]


def test_a_page_without_figures_is_a_page_without_plots() -> None:
    found = summaries([], profiles=["one"], prices={})
    shown = page(found, [], title="empty")

    assert "<table>" in shown
    assert "<svg" not in shown

"""The report of ``bench.attack``: the problems of an attack, the rows and the summary."""

from dataclasses import replace

import pytest

from bench.attack.campaign import Attack, BrokenError, tried
from bench.attack.report import (
    HEADER,
    Figures,
    Limits,
    Outcome,
    exit_code,
    in_page,
    judged,
    origin,
    row,
    summary,
)
from bench.attack.scene import Scene, Stage

HELD = Outcome(name="flood", point=5, tried="A | B\nand C", expected="others are served")
BROKEN = Outcome(name="bomb", point=2, tried="A", expected="B", problems=("it grew", "it died"))


@pytest.mark.parametrize(
    ("figures", "problem"),
    [
        (Figures(pings_ms=[1, 51, 52]), "the median ping of a bystander took 51 ms"),
        (Figures(memory_mib=201), "the memory grew to 201 MiB"),
        (Figures(log_kb=10.1, duration_s=5), "the log grew by 10.1 kB in 5 s"),
        (Figures(log_kb=20.1, duration_s=120), "the log grew by 20.1 kB in 120 s"),
        (Figures(whole=2, spoken=3), "1 of 3 utterances of a bystander are not whole"),
    ],
)
def test_a_figure_beyond_its_limit_is_a_problem(figures: Figures, problem: str) -> None:
    (found,) = judged(figures)

    assert problem in found


@pytest.mark.parametrize(
    "figures",
    [
        Figures(),
        Figures(pings_ms=[1, 50, 5000], memory_mib=200, log_kb=10, whole=3, spoken=3),
        Figures(log_kb=19.9, duration_s=120),
    ],
)
def test_figures_within_the_limits_are_not_a_problem(figures: Figures) -> None:
    assert judged(figures) == []


def test_an_attack_may_have_limits_of_its_own() -> None:
    assert judged(Figures(memory_mib=300), limits=Limits(memory_mib=400)) == []


def test_a_row_says_what_held_and_what_is_broken() -> None:
    assert row(HELD).startswith("| 5 `flood` | A \\| B and C | others are served | held |  |")
    assert "**broken**: it grew; it died" in row(BROKEN)


@pytest.mark.parametrize(
    ("figures", "memory", "log"),
    [
        (Figures(), "", ""),
        (Figures(log_kb=0.0), "", "0.0"),
        (Figures(log_kb=2.04, memory_mib=54.4), "54", "2.0"),
    ],
)
def test_a_row_shows_each_figure_that_was_measured(figures: Figures, memory: str, log: str) -> None:
    cells = row(replace(HELD, figures=figures)).split(" | ")

    assert cells[-3:-1] == [memory, log]


@pytest.mark.parametrize(
    ("outcomes", "not_tried", "code"),
    [([HELD], [], 0), ([HELD, BROKEN], [], 1), ([HELD], ["bomb"], 1), ([], [], 1)],
)
def test_the_exit_code_is_0_only_if_everything_was_tried_and_held(
    outcomes: list[Outcome], not_tried: list[str], code: int
) -> None:
    assert exit_code(outcomes, not_tried=not_tried) == code


def test_the_summary_names_what_is_broken_and_what_was_not_tried() -> None:
    assert summary([HELD, BROKEN], not_tried=["slow"]) == (
        "1 of 2 attacks held; broken: bomb; out of time, not tried: slow"
    )


def test_the_table_of_a_page_is_replaced_with_the_sentence_that_says_where_it_is_from() -> None:
    said = origin([HELD, BROKEN], minutes=12.4, cores=2, load=[1.2, 2.6])
    page = in_page(
        "a\n<!-- attacks -->\nthe former table\n<!-- end of attacks -->\nb\n", [HELD], said=said
    )

    assert page.startswith(
        f"a\n<!-- attacks -->\n{HEADER}\n{row(HELD)}\n\nThe table is from one run"
    )
    assert "former" not in page
    assert page.endswith("<!-- end of attacks -->\nb\n")
    assert said == (
        "The table is from one run of 2 attacks, which took 12 minutes on a machine with 2 cores "
        "and a load average of 1 to 3. All but `bomb` held."
    )


def test_a_page_without_marks_is_an_error() -> None:
    with pytest.raises(ValueError, match="must have the marks"):
        in_page("a", [HELD], said="")


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (BrokenError("it grew"), "it grew"),
        (TimeoutError("late"), "the attack ended with TimeoutError: late"),
        (ExceptionGroup("x", [BrokenError("it grew"), BrokenError("it grew")]), "it grew"),
    ],
)
async def test_an_exception_in_an_attack_is_a_problem(error: Exception, problem: str) -> None:
    async def run(_scene: Scene) -> None:
        raise error

    attack = Attack(
        name="a", point=1, tried="t", expected="e", stage=Stage.NOTHING, run=run, limit_s=5
    )

    assert (await tried(attack, seconds=1)).problems == [problem]

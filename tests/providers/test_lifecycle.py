"""The table of states, and the diagram that is made from it."""

from itertools import product

import pytest

from wyoming_bridge.errors import LifecycleError
from wyoming_bridge.events import State
from wyoming_bridge.providers.lifecycle import TRANSITIONS, Lifecycle, Transition, diagram

LISTED = [
    (state, step, after) for state, steps in TRANSITIONS.items() for step, after in steps.items()
]
UNLISTED = [(s, step) for s, step in product(State, Transition) if step not in TRANSITIONS[s]]


def in_state(state: State) -> Lifecycle:
    life = Lifecycle()
    life.state = state
    return life


def test_every_state_has_its_row() -> None:
    assert set(TRANSITIONS) == set(State)


def test_a_new_life_is_disconnected() -> None:
    assert Lifecycle().state is State.DISCONNECTED


@pytest.mark.parametrize(("state", "step", "after"), LISTED)
def test_every_step_that_is_listed_is_taken(state: State, step: Transition, after: State) -> None:
    life = in_state(state)
    assert life.step(step) is (after is not state)
    assert life.state is after


@pytest.mark.parametrize(("state", "step"), UNLISTED)
def test_every_other_step_is_an_error_that_names_state_and_step(
    state: State, step: Transition
) -> None:
    life = in_state(state)
    with pytest.raises(LifecycleError, match=f"^a session that is {state} cannot {step}$"):
        life.step(step)
    assert life.state is state


@pytest.mark.parametrize("state", State)
def test_a_session_is_over_in_the_states_that_nothing_leads_out_of(state: State) -> None:
    assert state.is_over is (not TRANSITIONS[state])


@pytest.mark.parametrize("state", [State.CLOSED, State.ERROR])
def test_an_end_is_final(state: State) -> None:
    assert TRANSITIONS[state] == {}


@pytest.mark.parametrize(
    "state", sorted(set(State) - {State.DISCONNECTED, State.CLOSED, State.ERROR})
)
def test_every_state_between_can_fail(state: State) -> None:
    assert TRANSITIONS[state][Transition.FAIL] is State.ERROR


def test_every_state_can_be_reached() -> None:
    reached = {State.DISCONNECTED, *(after for _, _, after in LISTED)}
    assert reached == set(State)


def test_the_diagram_has_one_line_for_every_step() -> None:
    head, first, *lines = diagram().splitlines()
    assert head == "stateDiagram-v2"
    assert first == "    [*] --> disconnected"
    assert lines == [f"    {state} --> {after}: {step}" for state, step, after in LISTED]
    assert "    loading --> listening: ready" in lines

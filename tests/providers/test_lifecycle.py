"""The table of states, and the diagram that is generated from it."""

from itertools import product

import pytest

from wyoming_bridge.errors import LifecycleError
from wyoming_bridge.events import State
from wyoming_bridge.providers.base import ClientBase
from wyoming_bridge.providers.lifecycle import TRANSITIONS, Transition, after, diagram

LISTED = [
    (state, transition, following)
    for state, transitions in TRANSITIONS.items()
    for transition, following in transitions.items()
]
UNLISTED = [(s, each) for s, each in product(State, Transition) if each not in TRANSITIONS[s]]


def test_every_state_has_its_row() -> None:
    assert set(TRANSITIONS) == set(State)


def test_a_new_session_is_disconnected() -> None:
    assert ClientBase().state is State.DISCONNECTED


@pytest.mark.parametrize(("state", "transition", "following"), LISTED)
def test_every_listed_transition_leads_to_its_state(
    state: State, transition: Transition, following: State
) -> None:
    assert after(state, transition) is following


@pytest.mark.parametrize(("state", "transition"), UNLISTED)
def test_every_other_transition_is_an_error_that_names_what_is_allowed(
    state: State, transition: Transition
) -> None:
    allowed = ", ".join(TRANSITIONS[state]) or "nothing"
    text = f'a session in the state "{state}" does not allow "{transition}"; allowed: {allowed}'
    with pytest.raises(LifecycleError, match=f"^{text}$"):
        after(state, transition)


@pytest.mark.parametrize("state", State)
def test_a_session_is_over_in_the_states_without_transitions(state: State) -> None:
    assert state.is_over is (not TRANSITIONS[state])


@pytest.mark.parametrize("state", [State.CLOSED, State.ERROR])
def test_a_session_that_is_over_stays_over(state: State) -> None:
    assert TRANSITIONS[state] == {}


@pytest.mark.parametrize(
    "state", sorted(set(State) - {State.DISCONNECTED, State.CLOSED, State.ERROR})
)
def test_every_state_of_an_open_session_can_fail(state: State) -> None:
    assert TRANSITIONS[state][Transition.FAILED] is State.ERROR


def test_every_state_can_be_reached() -> None:
    reached = {State.DISCONNECTED, *(following for _, _, following in LISTED)}
    assert reached == set(State)


def test_the_diagram_has_a_line_for_each_transition() -> None:
    head, first, *lines = diagram().splitlines()
    assert head == "stateDiagram-v2"
    assert first == "    [*] --> disconnected"
    assert lines == [f"    {state} --> {following}: {each}" for state, each, following in LISTED]
    assert "    loading --> listening: ready" in lines

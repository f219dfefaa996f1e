"""The house in the request of an utterance."""

import pytest

from houses import house_in
from wyoming_bridge.extensions.request import ask_for_partials, wanted_house
from wyoming_bridge.house import House, HouseEntity
from wyoming_bridge.transcriber import RequestOptions


def house_of(count: int) -> House:
    entities = [HouseEntity(name=f"Lamp {i:0100d}"[:100], domain="light") for i in range(count)]
    return House(entities=tuple(entities))


@pytest.mark.parametrize("house", [house_in("en"), house_of(1000)])
def test_a_house_arrives_unchanged(house: House) -> None:
    assert wanted_house(ask_for_partials(RequestOptions(house=house))) == house


def test_a_house_that_is_sent_again_is_not_read_again() -> None:
    first, again, other = (
        wanted_house(ask_for_partials(RequestOptions(house=house_of(count))))
        for count in (20, 20, 21)
    )

    assert again is first
    assert other != first


def test_a_house_that_is_too_large_for_an_event_is_not_sent_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    context = ask_for_partials(RequestOptions(house=house_of(1500)))

    assert wanted_house(context) is None
    assert "the house is not sent to the bridge" in caplog.text

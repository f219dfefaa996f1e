"""Requests take turns: one begins in each round of the event loop."""

import asyncio

from wyoming_bridge.web.turns import Turns


async def test_one_request_begins_per_round_of_the_event_loop_in_order() -> None:
    turns = Turns()
    rounds = 0
    began: list[tuple[int, int]] = []

    async def request(number: int) -> None:
        await turns.take()
        began.append((rounds, number))

    requests = [asyncio.create_task(request(number)) for number in range(20)]
    while not all(each.done() for each in requests):
        rounds += 1
        await asyncio.sleep(0)

    assert [number for _, number in began] == list(range(20))
    assert len({when for when, _ in began}) == 20


async def test_a_request_that_is_given_up_keeps_no_turn() -> None:
    turns = Turns()
    given_up = [asyncio.create_task(turns.take()) for _ in range(3)]
    last = asyncio.create_task(turns.take())
    await asyncio.sleep(0)
    for each in given_up:
        each.cancel()

    await asyncio.gather(*given_up, return_exceptions=True)
    await last

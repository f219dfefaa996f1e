"""The messages that wait for a slow viewer."""

from wyoming_bridge.page.viewers import MAX_WAITING, MAX_WAITING_CHARACTERS, Viewer


def taken(viewer: Viewer) -> list[str]:
    messages = []
    while (message := viewer.take()) is not None:
        messages.append(message)
    return messages


def test_a_viewer_gets_all_messages_in_order_and_is_woken_for_each() -> None:
    woken: list[None] = []
    viewer = Viewer(on_message=lambda: woken.append(None))
    for message in ("a", "b", "c"):
        viewer.put(message, is_levels=message == "b")

    assert taken(viewer) == ["a", "b", "c"]
    assert len(woken) == 3


def test_a_slow_viewer_misses_the_oldest_levels_first() -> None:
    viewer = Viewer(on_message=lambda: None)
    for number in range(MAX_WAITING):
        viewer.put(f"levels {number}" if number % 2 else f"event {number}", is_levels=number % 2)
    viewer.put("event last")
    viewer.put("levels last", is_levels=True)

    waiting = taken(viewer)
    assert not viewer.is_lost
    assert [each for each in waiting if each.startswith("event")] == [
        *(f"event {number}" for number in range(0, MAX_WAITING, 2)),
        "event last",
    ]
    assert waiting[1:3] == ["event 2", "event 4"]
    assert waiting[3] == "levels 5"
    assert waiting[-1] == "levels last"


def test_a_viewer_that_reads_levels_slowly_is_not_disconnected() -> None:
    viewer = Viewer(on_message=lambda: None)
    for number in range(3 * MAX_WAITING):
        viewer.put(f"levels {number}", is_levels=True)
        if number % 2:
            assert viewer.take() is not None

    assert not viewer.is_lost
    assert taken(viewer)[-1] == f"levels {3 * MAX_WAITING - 1}"


def test_a_viewer_that_does_not_keep_up_with_events_is_lost() -> None:
    viewer = Viewer(on_message=lambda: None)
    for number in range(MAX_WAITING + 1):
        viewer.put(f"event {number}")

    assert viewer.is_lost
    viewer.put("more")
    assert taken(viewer) == []


def test_the_size_of_waiting_messages_is_limited_but_one_message_always_fits() -> None:
    viewer = Viewer(on_message=lambda: None)
    viewer.put("x" * (MAX_WAITING_CHARACTERS + 1))
    assert not viewer.is_lost

    viewer.put("one more")
    assert viewer.is_lost

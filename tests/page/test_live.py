"""The messages about current utterances that viewers of the page get, in memory."""

import json
from collections.abc import Mapping

from sessions import noise
from utterances import THREE, THREE_WORDS, an_utterance, bounded
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.page.live import MAX_LIVE, MAX_VIEWERS, LiveUtterances
from wyoming_bridge.page.viewers import Viewer
from wyoming_bridge.recorder import NewUtterance, Recorder, Recording
from wyoming_bridge.testing import FakeConnector
from wyoming_bridge.transcriber import RequestOptions

HELLO = {"version": "1"}


def about(utterance_id: str = "1f2e") -> NewUtterance:
    return NewUtterance(
        requested="kitchen",
        utterance_id=utterance_id,
        profile="kitchen",
        provider="reson8",
        options=RequestOptions(client="192.0.2.7"),
        source=PCM_16K_MONO,
    )


def joined(live: LiveUtterances) -> Viewer:
    viewer = Viewer(on_message=lambda: None)
    live.join(viewer, HELLO)
    return viewer


def seen(viewer: Viewer) -> list[dict[str, object]]:
    messages = []
    while (message := viewer.take()) is not None:
        messages.append(json.loads(message))
    return messages


def kinds(messages: list[dict[str, object]]) -> list[object]:
    return [each["kind"] for each in messages]


def levels_of(messages: list[dict[str, object]]) -> dict[str, list[object]]:
    """Return the levels of all messages, joined as the page joins them."""
    found: dict[str, list[object]] = {"low": [], "high": [], "level": [], "speech": [], "floor": []}
    for each in messages:
        if each["kind"] == "levels":
            for name, values in found.items():
                at = each["frames_at" if name in {"speech", "floor"} else "at"]
                assert at == len(values)
                values.extend(each[name])
    return found


async def test_nothing_is_traced_without_a_viewer_and_without_a_recorder() -> None:
    live = LiveUtterances(recorder=None)
    viewer = joined(live)
    live.leave(viewer)

    assert live.observe(about()) is None


async def test_a_viewer_sees_an_utterance_from_its_beginning_to_its_end(
    connector: FakeConnector,
) -> None:
    live = LiveUtterances(recorder=None)
    viewer = joined(live)
    async with an_utterance(connector, observer=live.observe(about())) as utterance, bounded():
        for start in range(0, len(THREE), 2048):
            utterance.feed(THREE[start : start + 2048])
        utterance.finish()
        await utterance.result()

    hello, begin, *middle, end = seen(viewer)
    assert hello == {"kind": "hello", "version": "1", "utterances": []}
    assert (begin["kind"], begin["id"], begin["profile"]) == ("begin", "1f2e", "kitchen")
    assert (begin["client"], begin["is_over"]) == ("192.0.2.7", False)
    assert set(kinds(middle)) == {"event", "levels"}
    assert end == {
        "kind": "end",
        "id": "1f2e",
        "is_over": True,
        "audio_ms": len(THREE) // 32,
        "text": THREE_WORDS,
        "error": None,
        "why_ended": "the client ended the audio",
    }
    assert len(levels_of(middle)["low"]) == len(THREE) // 640
    events = [each["event"] for each in middle if each["kind"] == "event"]
    assert events[-1]["kind"] == "result"


async def test_levels_are_sent_at_most_once_per_100_ms_of_audio(connector: FakeConnector) -> None:
    live = LiveUtterances(recorder=None)
    viewer = joined(live)
    async with an_utterance(connector, observer=live.observe(about())) as utterance, bounded():
        for start in range(0, len(THREE), 320):
            utterance.feed(THREE[start : start + 320])
        utterance.finish()
        await utterance.result()

    assert kinds(seen(viewer)).count("levels") <= len(THREE) // 3200 + 1


async def test_a_late_viewer_first_gets_the_current_utterances_and_then_the_same_as_others(
    connector: FakeConnector,
) -> None:
    live = LiveUtterances(recorder=None)
    early = joined(live)
    half = len(THREE) // 2
    async with an_utterance(connector, observer=live.observe(about())) as utterance, bounded():
        utterance.feed(THREE[:half])
        late = joined(live)
        before = seen(early)
        utterance.feed(THREE[half:])
        utterance.finish()
        await utterance.result()

    hello, *after = seen(late)
    assert after == seen(early)
    (view,) = hello["utterances"]
    assert isinstance(view, Mapping)
    assert view["is_over"] is False
    assert view["events"] == [each["event"] for each in before if each["kind"] == "event"]
    assert view["levels"] == levels_of(before)


async def test_without_viewers_a_recorded_utterance_is_measured_only_when_one_comes(
    connector: FakeConnector, recorder: Recorder
) -> None:
    live = LiveUtterances(recorder=recorder)
    async with an_utterance(connector, observer=live.observe(about())) as utterance, bounded():
        utterance.feed(THREE)
        viewer = joined(live)
        (view,) = seen(viewer)[0]["utterances"]
        utterance.finish()
        await utterance.result()
    await recorder.stop()

    assert len(view["levels"]["low"]) == len(THREE) // 640
    (kept,) = recorder.store.kept()
    assert kept.read().text == THREE_WORDS


async def test_an_utterance_that_is_over_is_forgotten(connector: FakeConnector) -> None:
    live = LiveUtterances(recorder=None)
    joined(live)
    async with an_utterance(connector, observer=live.observe(about())) as utterance:
        utterance.feed(noise(1, words=1))

    assert seen(joined(live))[0]["utterances"] == []


async def test_a_failed_utterance_ends_with_its_error(connector: FakeConnector) -> None:
    live = LiveUtterances(recorder=None)
    viewer = joined(live)
    async with an_utterance(connector, observer=live.observe(about())) as utterance:
        utterance.feed(THREE)

    end = seen(viewer)[-1]
    assert (end["kind"], end["text"]) == ("end", None)
    assert "closed before it had a result" in str(end["error"])


async def test_a_flood_of_utterances_is_not_shown_and_a_place_is_free_after_an_end(
    connector: FakeConnector,
) -> None:
    live = LiveUtterances(recorder=None)
    joined(live)
    first, *_others = [live.observe(about(str(number))) for number in range(MAX_LIVE)]
    assert live.observe(about("one more")) is None

    async with an_utterance(connector, observer=first) as utterance:
        utterance.feed(THREE)
    assert live.observe(about("one more")) is not None


async def test_all_viewers_see_changes_of_the_recordings() -> None:
    live = LiveUtterances(recorder=None)
    viewers = [joined(live) for _ in range(MAX_VIEWERS)]
    assert live.is_full()
    trace = about().new_trace()
    recording: Recording = about().recording(trace)
    live.recorded(recording.with_truth("stop"))
    live.deleted(["1f2e"])

    for viewer in viewers:
        _, recorded, deleted = seen(viewer)
        assert recorded["recording"]["truth"] == "stop"
        assert deleted == {"kind": "deleted", "ids": ["1f2e"]}

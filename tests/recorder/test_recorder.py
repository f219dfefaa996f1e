"""The recorder, and its behaviour when the disk fails."""

import asyncio
import errno
import logging
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from houses import house_in
from utterances import THREE, THREE_WORDS, an_utterance, bounded
from wyoming_bridge.audio import PCM_16K_MONO, AudioFormat
from wyoming_bridge.endpointing import Endpointing
from wyoming_bridge.errors import BridgeError, ErrorText, StateError
from wyoming_bridge.house import House, HouseEntity
from wyoming_bridge.recorder import Kept, NewUtterance, Recorder, Recording, Store
from wyoming_bridge.recorder.recorder import MAX_HOUSE_BYTES
from wyoming_bridge.testing import FakeConnector
from wyoming_bridge.transcriber import RequestOptions

pytestmark = pytest.mark.sockets  # files are written in threads, which need real time


def a_recorder(
    folder: Path, *, on_failed: Callable[[BridgeError], None] = lambda _: None
) -> Recorder:
    store = Store(folder, keep=50, max_bytes=10**9, max_age=timedelta(days=36500))
    return Recorder(store, on_failed=on_failed)


def an_id(number: int, *, house: House | None = None) -> NewUtterance:
    return NewUtterance(
        utterance_id=f"id{number}",
        requested="kitchen",
        profile="kitchen",
        provider="scripted",
        options=RequestOptions(
            language="nl",
            terms=("Woonkamer",),
            endpointing=Endpointing(),
            client="192.0.2.7",
            house=house,
        ),
        source=PCM_16K_MONO,
    )


async def say_three(
    connector: FakeConnector,
    recorder: Recorder,
    number: int = 1,
    *,
    house: House | None = None,
) -> str:
    observer = recorder.trace(an_id(number, house=house))
    async with an_utterance(connector, observer=observer) as utterance, bounded():
        utterance.feed(THREE)
        utterance.finish()
        return (await utterance.result()).text


async def test_an_utterance_is_written_after_its_end(
    tmp_path: Path, connector: FakeConnector, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = a_recorder(tmp_path / "recordings")
    await recorder.start()
    await say_three(connector, recorder)
    await recorder.stop()
    (kept,) = recorder.store.kept()
    recording = kept.read()

    assert (kept.id, recording.text) == ("id1", THREE_WORDS)
    assert (recording.client, recording.request["language"]) == ("192.0.2.7", "nl")
    assert recording.request["terms"] == ["Woonkamer"]
    assert "utterances are recorded in" in caplog.text


@pytest.mark.parametrize(
    ("house", "kept_house"),
    [
        (house_in("nl"), house_in("nl")),
        (House(sentences=("<unknown>",)), House(sentences=("<unknown>",))),
        (House(language="nl"), None),  # no names, so the bridge uses its own house
        (None, None),
    ],
)
async def test_the_house_of_the_client_is_recorded(
    tmp_path: Path, connector: FakeConnector, house: House | None, kept_house: House | None
) -> None:
    recorder = a_recorder(tmp_path)
    await recorder.start()
    await say_three(connector, recorder, house=house)
    await recorder.stop()

    (kept,) = recorder.store.kept()
    assert kept.read().house == kept_house


async def test_a_house_that_is_too_large_is_left_out_and_logged(
    tmp_path: Path, connector: FakeConnector, caplog: pytest.LogCaptureFixture
) -> None:
    entities = (HouseEntity(name=f"Lamp {i:0120d}", domain="light") for i in range(2000))
    recorder = a_recorder(tmp_path)
    await recorder.start()
    text = await say_three(connector, recorder, house=House(entities=tuple(entities)))
    await recorder.stop()

    (kept,) = recorder.store.kept()
    assert (text, kept.read().text, kept.read().house) == (THREE_WORDS, THREE_WORDS, None)
    assert "id1 is recorded without the house of the client" in caplog.text
    assert f"and {MAX_HOUSE_BYTES} are allowed" in caplog.text


@pytest.mark.parametrize("is_broken", [False, True])
async def test_old_recordings_are_deleted_although_nobody_speaks(
    *,
    is_broken: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("wyoming_bridge.recorder.recorder._TIDY_S", 0.0)
    loop, looked_twice = asyncio.get_running_loop(), asyncio.Event()
    looked: list[None] = []

    def prune() -> None:
        looked.append(None)
        if len(looked) == 2:
            loop.call_soon_threadsafe(looked_twice.set)
        if is_broken:
            raise OSError("no such device")

    recorder = a_recorder(tmp_path)
    await recorder.start()
    monkeypatch.setattr(recorder.store, "prune", prune)
    async with bounded():
        await looked_twice.wait()
    await recorder.stop()

    assert ("old recordings cannot be deleted: no such device" in caplog.text) == is_broken


async def test_many_utterances_at_once_are_all_written_or_logged_as_missing(
    tmp_path: Path, connector: FakeConnector, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = a_recorder(tmp_path)
    await recorder.start()
    await asyncio.gather(*(say_three(connector, recorder, number) for number in range(20)))
    await recorder.stop()

    missing = caplog.text.count("is not recorded, because")
    assert len(recorder.store.kept()) + missing == 20


async def test_recordings_that_are_too_large_are_logged_once_and_not_announced(
    tmp_path: Path, connector: FakeConnector, caplog: pytest.LogCaptureFixture
) -> None:
    announced: list[str] = []
    recorder = Recorder(
        Store(tmp_path, keep=50, max_bytes=100, max_age=timedelta(days=36500)),
        on_recorded=lambda recording: announced.append(recording.id),
    )
    await recorder.start()
    for number in range(3):
        await say_three(connector, recorder, number)
    await recorder.stop()

    assert announced == []
    assert recorder.store.kept() == []
    assert caplog.text.count("it alone is larger than the limit for all") == 1


async def test_a_client_that_uses_an_id_twice_does_not_stop_the_recorder(
    tmp_path: Path, connector: FakeConnector, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = a_recorder(tmp_path)
    await recorder.start()
    for _ in range(3):
        await say_three(connector, recorder, 1)
    await recorder.stop()

    missing = caplog.text.count("is not recorded, because another one with this id")
    assert len(recorder.store.kept()) + missing == 3
    assert recorder.failure is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /dev/full")
async def test_a_disk_that_fails_stops_the_recorder_and_no_utterance(
    tmp_path: Path, connector: FakeConnector, caplog: pytest.LogCaptureFixture
) -> None:
    failures: list[BridgeError] = []
    recorder = a_recorder(tmp_path / "recordings", on_failed=failures.append)
    await recorder.start()
    recorder.store.folder.rmdir()
    recorder.store.folder.write_text("")  # the folder is now a file

    texts = [await say_three(connector, recorder, number) for number in range(3)]
    await recorder.stop()

    assert texts == [THREE_WORDS] * 3
    assert recorder.failure is not None
    assert [each.message for each in failures] == [recorder.failure]
    assert failures[0].text is ErrorText.PATH_UNUSABLE
    assert failures[0].placeholders["reason"] == "ENOTDIR"
    errors = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert len(errors) == 1
    assert "nothing is recorded any more" in errors[0].getMessage()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOSPC, "full"), "{} cannot be written: the disk is full (ENOSPC)"),
        (OSError(errno.EROFS, "ro"), "{} cannot be used: permission denied (EROFS)"),
        (OSError(errno.EIO, "bad"), "{} cannot be used (EIO)"),
        (StateError("recorder: no access"), "no access"),
        (MemoryError(), "{} cannot be written: MemoryError"),
        (ValueError("no samples"), "{} cannot be written: ValueError: no samples"),
    ],
)
async def test_any_failure_of_writing_stops_the_recorder_with_its_reason(
    tmp_path: Path,
    connector: FakeConnector,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    reason: str,
) -> None:
    class FailingStore(Store):
        def add(self, *_arguments: object, **_more: object) -> Kept:
            raise error

    reason = f"recorder: {reason.format(tmp_path)}"
    failures: list[BridgeError] = []
    store = FailingStore(tmp_path, keep=50, max_bytes=10**9, max_age=timedelta(days=1))
    recorder = Recorder(store, on_failed=failures.append)
    await recorder.start()
    texts = [await say_three(connector, recorder, number) for number in range(2)]
    await recorder.stop()

    assert texts == [THREE_WORDS] * 2
    assert (recorder.failure, [each.message for each in failures]) == (reason, [reason])
    errors = [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
    assert errors == [f"nothing is recorded any more: {reason}"]


async def test_recordings_are_written_and_deleted_in_threads(
    tmp_path: Path, connector: FakeConnector
) -> None:
    threads: dict[str, set[int]] = {"open": set(), "add": set(), "prune": set()}

    class WatchedStore(Store):
        def open(self) -> None:
            threads["open"].add(threading.get_ident())
            super().open()

        def add(self, recording: Recording, audio: bytes, *, source: AudioFormat) -> Kept:
            threads["add"].add(threading.get_ident())
            return super().add(recording, audio, source=source)

        def prune(self, *, now: datetime | None = None) -> None:
            threads["prune"].add(threading.get_ident())
            super().prune(now=now)

    store = WatchedStore(tmp_path, keep=50, max_bytes=10**9, max_age=timedelta(days=36500))
    recorder = Recorder(store)
    await recorder.start()
    await say_three(connector, recorder)
    await recorder.stop()

    assert len(store.kept()) == 1
    assert all(threads.values())
    assert not any(threading.get_ident() in each for each in threads.values())


async def test_an_utterance_that_ends_after_the_recorder_was_stopped_is_not_written(
    tmp_path: Path, connector: FakeConnector
) -> None:
    recorder = a_recorder(tmp_path)
    await recorder.start()
    async with an_utterance(connector, observer=recorder.trace(an_id(1))) as utterance, bounded():
        utterance.feed(THREE)
        await recorder.stop()
        utterance.finish()
        assert (await utterance.result()).text == THREE_WORDS
    await recorder.written()

    assert recorder.store.kept() == []


async def test_an_utterance_without_audio_is_not_recorded(
    tmp_path: Path, connector: FakeConnector
) -> None:
    recorder = a_recorder(tmp_path)
    await recorder.start()
    async with an_utterance(connector, observer=recorder.trace(an_id(1))) as utterance, bounded():
        utterance.finish()
        await utterance.result()
    await recorder.stop()

    assert recorder.store.kept() == []

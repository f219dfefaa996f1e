"""The folder of the recordings."""

import errno
import shutil
import stat
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import av
import pytest

from recordings import AUDIO, NOW, a_recording, a_store, add
from wyoming_bridge.audio import PCM_16K_MONO, AudioFormat, Encoding
from wyoming_bridge.errors import ConfigError, StateError
from wyoming_bridge.recorder import EventKind, RecorderSettings, Recording, TraceEvent
from wyoming_bridge.recorder.flac import write_flac
from wyoming_bridge.recorder.store import Store, TooLargeError


def decoded(path: Path) -> bytes:
    with av.open(str(path)) as file:
        return b"".join(bytes(each.planes[0])[: 2 * each.samples] for each in file.decode(audio=0))


def test_a_recording_is_read_as_it_was_written(tmp_path: Path) -> None:
    store = a_store(tmp_path / "recordings")
    add(store, a_recording())
    (kept,) = store.kept()

    assert (kept.id, kept.began_at) == ("1f2e", NOW.replace(microsecond=0))
    assert kept.read() == a_recording()
    assert decoded(kept.audio) == AUDIO


def test_half_a_surrogate_pair_is_recorded(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    result = TraceEvent(at_ms=1, audio_ms=1, kind=EventKind.RESULT, values={"text": "a \ud800 b"})
    recording = replace(a_recording(), request={"terms": ["K\u00fcche \udfff"]}, events=[result])
    add(store, recording)
    (kept,) = store.kept()
    store.change(kept, recording.with_truth("\udc80"))

    assert kept.read() == recording.with_truth("\udc80")
    assert "K\u00fcche" in (kept.folder / "recording.json").read_text(encoding="utf-8")


def test_a_recording_that_is_larger_than_all_may_be_is_not_kept(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    add(store, a_recording("old"))
    small = a_store(tmp_path, max_bytes=40_000)
    noise = b"".join(sha256(bytes([n % 256, n // 256])).digest() for n in range(4000))

    with pytest.raises(TooLargeError):
        small.add(a_recording("new"), noise, source=PCM_16K_MONO)

    assert [each.id for each in store.kept()] == ["old"]
    assert len(list(tmp_path.iterdir())) == 1


def test_an_error_of_the_flac_library_is_an_error_of_writing() -> None:
    # FFmpeg takes the text before the colon for a protocol.
    no_protocol = Path("nowhere:audio.flac")

    with pytest.raises(OSError, match=r"^Protocol not found$") as raised:
        write_flac(no_protocol, AUDIO, source=PCM_16K_MONO)

    assert not isinstance(raised.value, av.FFmpegError)


@pytest.mark.parametrize("samples", [0, 1, 159, 4608, 16_001])
def test_audio_of_any_length_is_kept(tmp_path: Path, samples: int) -> None:
    store = a_store(tmp_path)
    pcm = AUDIO[:2] * samples
    kept = store.add(a_recording(), pcm, source=PCM_16K_MONO)

    assert decoded(kept.audio) == pcm


def test_audio_of_another_format_is_converted(tmp_path: Path) -> None:
    source = AudioFormat(encoding=Encoding.PCM_S16LE, sample_rate_hz=48_000, channels=2)
    kept = a_store(tmp_path).add(a_recording(), bytes(192_000), source=source)

    assert len(decoded(kept.audio)) == 32_000


def test_only_the_user_of_the_bridge_can_read_recordings(tmp_path: Path) -> None:
    store = a_store(tmp_path / "recordings")
    store.open()
    add(store, a_recording())

    for path in (store.folder, store.kept()[0].folder):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_store_has_the_limits_of_the_settings(tmp_path: Path) -> None:
    store = Store.limited(tmp_path, RecorderSettings(keep=2, max_days=1))
    add(store, *(a_recording(f"id{n}", age=timedelta(hours=3 - n)) for n in range(3)))
    store.prune(now=NOW + timedelta(hours=22.5))

    assert [each.id for each in store.kept()] == ["id2"]


def test_the_newest_are_listed_first_and_the_oldest_make_room(tmp_path: Path) -> None:
    store = a_store(tmp_path, keep=2)
    add(store, *(a_recording(f"id{n}", age=timedelta(hours=3 - n)) for n in range(3)))

    assert [each.id for each in store.kept()] == ["id2", "id1"]


def test_the_space_is_bounded(tmp_path: Path) -> None:
    add(probe := a_store(tmp_path / "probe"), a_recording())
    size = sum(path.stat().st_size for path in probe.kept()[0].folder.iterdir())
    store = a_store(tmp_path / "recordings", max_bytes=2 * size)
    add(store, *(a_recording(f"id{n}", age=timedelta(hours=3 - n)) for n in range(3)))

    assert [each.id for each in store.kept()] == ["id2", "id1"]


def test_old_recordings_are_deleted(tmp_path: Path) -> None:
    store = a_store(tmp_path, max_age=timedelta(days=7))
    add(a_store(tmp_path), a_recording("old", age=timedelta(days=8)), a_recording("new"))

    store.prune(now=NOW)

    assert [each.id for each in store.kept()] == ["new"]


def test_a_folder_that_another_process_fills_is_never_pruned(tmp_path: Path) -> None:
    add(a_store(tmp_path), a_recording("old", age=timedelta(days=3000)))

    Store.of(tmp_path).open()

    assert [each.id for each in a_store(tmp_path).kept()] == ["old"]


def test_another_process_may_delete_a_recording_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = a_store(tmp_path)
    add(store, a_recording("old", age=timedelta(hours=1)))
    listed = Path.glob

    def deleted_once_listed(folder: Path, pattern: str) -> list[Path]:
        files = list(listed(folder, pattern))
        if folder.name.endswith("-old"):
            shutil.rmtree(folder)
        return files

    monkeypatch.setattr(Path, "glob", deleted_once_listed)
    add(store, a_recording("new"))

    assert [each.id for each in store.kept()] == ["new"]


def test_a_recording_does_not_replace_one_with_its_id_and_second(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    add(store, a_recording())
    with pytest.raises(FileExistsError):
        store.add(a_recording(), b"", source=PCM_16K_MONO)

    assert [decoded(each.audio) for each in store.kept()] == [AUDIO]
    assert len(list(tmp_path.iterdir())) == 1


def test_remains_of_a_crash_are_deleted_and_other_files_are_kept(tmp_path: Path) -> None:
    (tmp_path / "unfinished-20261129T120000Z-1f2e").mkdir()
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "20261129T120000Z-empty").mkdir()

    store = a_store(tmp_path)
    store.open()

    assert store.kept() == []
    assert {path.name for path in tmp_path.iterdir()} == {"notes.txt", "20261129T120000Z-empty"}


def test_a_recording_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, *_: object, **__: object) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="no space"):
        add(a_store(tmp_path), a_recording())

    assert list(tmp_path.iterdir()) == []


def test_the_truth_can_be_stored(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    add(store, a_recording())
    (kept,) = store.kept()

    store.change(kept, kept.read().with_truth("turn off the light"))

    assert kept.read() == a_recording().with_truth("turn off the light")


def test_the_error_for_a_missing_recording_names_those_that_exist(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    with pytest.raises(ConfigError, match=r'no recording "x" in .*; there are no recordings'):
        store.find("x")
    add(store, a_recording())
    with pytest.raises(ConfigError, match="the newest are 1f2e"):
        store.find("x")
    store.delete(store.kept())
    assert store.kept() == []


def test_a_folder_that_cannot_be_used_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match=r"recorder: .*/file/recordings .*\(ENOTDIR\)$"):
        a_store(tmp_path / "file" / "recordings").open()


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"version": 2}', '{"version": 1, "id": "x"}', "[" * 100_000, "\ud800"],
)
def test_a_damaged_recording_is_an_error_that_names_the_file(tmp_path: Path, content: str) -> None:
    store = a_store(tmp_path)
    add(store, a_recording())
    (kept,) = store.kept()
    path = kept.folder / "recording.json"
    path.write_text(content, errors="surrogatepass")

    with pytest.raises(ConfigError, match=r"recording\.json: a recording "):
        kept.read()


def an_endpoint(**values: object) -> TraceEvent:
    return TraceEvent(at_ms=0, audio_ms=0, kind=EventKind.ENDPOINT, values=values)


@pytest.mark.parametrize(
    ("endpoint", "why"),
    [
        ({"ended_by": "client"}, "the client ended the audio"),
        ({"ended_by": "client", "silence_ms": 120}, "the client ended the audio"),
        ({"ended_by": "provider"}, "the service found the end of speech"),
        ({"ended_by": "no_speech", "limit_ms": 8000}, "there was no speech within 8 s"),
        (
            {"ended_by": "silence", "silence_ms": 280.4, "limit_ms": 250, "rule": "complete"},
            "280 ms of silence; 250 ms are enough after a complete command",
        ),
        (
            {"ended_by": "silence", "silence_ms": 612, "limit_ms": 600, "rule": "ordinary"},
            "612 ms of silence; 600 ms are enough",
        ),
        (
            {"ended_by": "silence", "silence_ms": 612, "limit_ms": 600, "rule": "of the future"},
            "612 ms of silence; 600 ms are enough",
        ),
        ({"ended_by": "silence"}, "silence"),
        ({"ended_by": "magic"}, None),
    ],
)
def test_the_reason_of_the_end_is_a_phrase(endpoint: dict[str, object], why: str | None) -> None:
    recording = replace(a_recording(), events=[an_endpoint(**endpoint)])

    assert Recording.from_json(recording.to_json()).why_ended == why


def test_a_failed_utterance_has_the_reason_of_its_end_too() -> None:
    error = {"code": "cannot_connect", "text": "the service is away"}
    failed = TraceEvent(at_ms=9, audio_ms=9, kind=EventKind.ERROR, values=error)
    ended = replace(a_recording(), events=[an_endpoint(ended_by="client"), failed])
    broken = replace(a_recording(), events=[failed])

    assert (ended.error, ended.why_ended) == ("the service is away", "the client ended the audio")
    assert (broken.error, broken.why_ended) == ("the service is away", None)


def fields_of(recording: Recording) -> dict[str, object]:
    return {name: getattr(recording, name) for name in Recording.__dataclass_fields__}

"""A corpus: recordings and their texts in each layout that ``compare`` reads."""

import errno
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from recordings import AUDIO, a_recording, a_store, add
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.comparison.corpus import read_corpus
from wyoming_bridge.errors import ConfigError


def test_a_folder_has_a_text_beside_each_recording(tmp_path: Path) -> None:
    for name, text in (("b.wav", "two\n"), ("a.FLAC", "\ufeffone"), ("c.mp3", None)):
        (tmp_path / name).write_bytes(b"")
        if text is not None:
            (tmp_path / name).with_suffix(".txt").write_text(text, encoding="utf-8")

    corpus = read_corpus(tmp_path)

    assert [(item.name, item.truth) for item in corpus.items] == [
        ("a.FLAC", "one"),
        ("b.wav", "two"),
    ]
    assert corpus.without_truth == 1


def test_the_folder_of_the_recorder_has_the_stored_texts(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    for recording_id, truth in (("1", "turn on the light"), ("2", None), ("3", "")):
        recording = a_recording(recording_id).with_truth(truth)
        store.add(recording, AUDIO, source=PCM_16K_MONO)

    corpus = read_corpus(tmp_path)

    assert {item.name.partition("-")[2]: item.truth for item in corpus.items} == {
        "1": "turn on the light",
        "3": "",
    }
    assert corpus.without_truth == 1
    assert all(item.audio.is_file() for item in corpus.items)


def test_recordings_with_the_same_id_are_two_recordings(tmp_path: Path) -> None:
    """Clients choose the ids of their utterances, so two utterances can have the same id."""
    store = a_store(tmp_path)
    for hours, truth in ((2, "turn on the light"), (1, "turn off the light")):
        add(store, a_recording("kitchen", age=timedelta(hours=hours)).with_truth(truth))

    corpus = read_corpus(tmp_path)

    assert [item.truth for item in corpus.items] == ["turn on the light", "turn off the light"]
    assert len({item.name for item in corpus.items}) == 2


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ("{", "JSONDecodeError"),
        ('{"version": 1}', "KeyError"),
        (None, "must be a string or null, got int"),
    ],
)
def test_a_damaged_recording_is_left_out_and_counted(
    tmp_path: Path, damage: str | None, reason: str
) -> None:
    store = a_store(tmp_path)
    add(store, *(a_recording(each).with_truth("yes") for each in ("1", "2")))
    file = store.find("1").folder / "recording.json"
    file.write_text(damage or file.read_text().replace('"truth": "yes"', '"truth": 5'))

    corpus = read_corpus(tmp_path)

    (item,) = corpus.items
    assert item.name.endswith("-2")
    (error,) = corpus.damaged
    assert str(file) in error
    assert reason in error
    assert corpus.without_truth == 0


def test_a_folder_with_only_damaged_recordings_is_an_error_that_names_one(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    add(store, a_recording("1").with_truth("yes"))
    (store.find("1").folder / "recording.json").write_text("{")

    with pytest.raises(ConfigError, match=r"recording\.json: a recording cannot be read"):
        read_corpus(tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.tsv", 'file\tkind\ttext\na.wav\tin\tsay "cheese", please\n'),
        ("list.csv", 'text,file\n"say ""cheese"", please",a.wav\n'),
    ],
)
def test_a_table_names_files_beside_it(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / "a.wav").write_bytes(b"")
    (tmp_path / name).write_text(content)

    (item,) = read_corpus(tmp_path / name).items

    assert (item.name, item.truth) == ("a.wav", 'say "cheese", please')
    assert item.audio == tmp_path / "a.wav"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("list.tsv", "a.wav\thello\n", 'the first line must name the columns "file" and "text"'),
        ("list.tsv", "", "the first line must name"),
        ("list.tsv", "file\ttext\nb.wav\thello\n", r"line 2: .*b\.wav does not exist"),
        (
            "list.tsv",
            "file\ttext\na.wav\tyes\na.wav\tno\n",
            r"line 3: a\.wav is already in the table",
        ),
        ("list.tsv", "file\ttext\na.wav\n", "line 2 has too few columns"),
        ("list.tsv", "file\ttext\n", "has no recording whose text is known"),
        ("list.csv", f"file,text\na.wav,{'x' * 131_073}\n", r"list\.csv: line 2: field larger"),
        ("list.tsv", f"file\t{'x' * 131_073}\n", r"list\.tsv: line 1: field larger"),
        ("list.ods", "", r"must be a folder, a \.tsv or a \.csv file"),
    ],
)
def test_the_error_says_what_is_wrong_with_a_table(
    tmp_path: Path, name: str, content: str, reason: str
) -> None:
    (tmp_path / "a.wav").write_bytes(b"")
    (tmp_path / name).write_text(content)

    with pytest.raises(ConfigError, match=reason):
        read_corpus(tmp_path / name)


def test_a_table_must_be_utf_8(tmp_path: Path) -> None:
    (tmp_path / "list.tsv").write_bytes(b"file\ttext\na.wav\tcaf\xe9\n")

    with pytest.raises(ConfigError, match=r"list\.tsv: must be UTF-8"):
        read_corpus(tmp_path / "list.tsv")


def test_a_folder_that_cannot_be_read_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> NoReturn:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "iterdir", broken)

    with pytest.raises(ConfigError, match=f"{tmp_path}: Input/output error"):
        read_corpus(tmp_path)


def test_a_folder_without_texts_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"put a\.txt beside a\.wav"):
        read_corpus(tmp_path)

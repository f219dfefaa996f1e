"""Moonshine: its tokens, how it writes a sentence, and which audio is decoded."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patience import PATIENCE_S
from recorded import SPOKEN_MS, recorded
from wyoming_bridge.events import PartialText
from wyoming_bridge.local.engines.moonshine.files import find_files
from wyoming_bridge.local.engines.moonshine.model import Model, _loop_tokens, _max_tokens
from wyoming_bridge.local.engines.moonshine.recognition import Recognition, SharedModel
from wyoming_bridge.local.engines.moonshine.speech import Speech
from wyoming_bridge.local.engines.moonshine.tokenizer import Tokenizer, without_sounds
from wyoming_bridge.local.engines.moonshine.written import as_written, writings
from wyoming_bridge.local.engines.piece import Piece
from wyoming_bridge.local.engines.process.voice import result_of
from wyoming_bridge.local.engines.speech_finder import MAX_PIECE_MS
from wyoming_bridge.local.models import find_model

TOKENIZER = Tokenizer((find_model("moonshine-tiny-en") / "tokenizer.bin").read_bytes())


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Go somewhere and do something.", 6),
        ("Turn on the light.", 5),
        ("What's the weather?", 6),
        ("50%", 4),
    ],
)
def test_a_text_has_the_tokens_that_the_model_writes(text: str, tokens: int) -> None:
    assert len(TOKENIZER.tokens_of(text)) == tokens
    assert TOKENIZER.text_of(TOKENIZER.tokens_of(text)) == text


@given(st.text(st.characters(exclude_characters="\u2581", exclude_categories=["Cs"])))
def test_tokens_of_any_text_give_the_text_back(text: str) -> None:
    assert TOKENIZER.text_of(TOKENIZER.tokens_of(text)) == " ".join(text.split())


@pytest.mark.parametrize("vocabulary", [b"", b"\x05abc", b"\x80", b"\x01a" * 300])
def test_a_file_that_is_not_a_vocabulary_is_refused(vocabulary: bytes) -> None:
    with pytest.raises(ValueError, match="the vocabulary"):
        Tokenizer(vocabulary)


@pytest.mark.parametrize(
    ("heard", "text"),
    [
        ("\u266a\u266a Turn it on. \u266a", "Turn it on."),
        ("[Music] (door closes) Yes.", "Yes."),
        ("You", ""),
        ("You.", ""),
        ("Thank you for watching!", ""),
        ("Thank you for watching the dog.", "Thank you for watching the dog."),
        ("\u00a9 transcript by someone", ""),
        ("You go.", "You go."),
    ],
)
def test_sounds_are_dropped_from_a_text(heard: str, text: str) -> None:
    assert without_sounds(heard) == text


@pytest.mark.parametrize(
    ("sentence", "written"),
    [
        ("turn on the light", "Turn on the light"),
        ("What's the weather? ", "What's the weather"),
        ("set it to 50 percent", "Set it to 50%"),
        ("set it to twenty five percent", "Set it to 25%"),
        ("set a timer for five minutes", "Set a timer for five minutes"),
        ("", ""),
    ],
)
def test_a_sentence_is_written_as_the_model_writes_it(sentence: str, written: str) -> None:
    assert as_written(sentence) == written


def test_a_name_may_be_written_in_lower_case() -> None:
    assert writings("lock the Front Door.") == ("Lock the Front Door", "Lock the front door")
    assert writings("turn it on") == ("Turn it on",)


def test_a_number_may_be_written_in_words() -> None:
    assert writings("wait 25 minutes") == ("Wait 25 minutes", "Wait twenty five minutes")
    assert writings("set it to 5 percent") == ("Set it to 5%",)
    assert writings("call 112") == ("Call 112",)


@pytest.mark.parametrize(
    ("tokens", "loop"),
    [([1, 2, 3], 0), ([9, 1, 1, 1], 0), ([9, 1, 1, 1, 1], 4), ([9, *[1, 2, 3] * 4], 12), ([], 0)],
)
def test_a_phrase_that_follows_itself_four_times_is_a_loop(tokens: list[int], loop: int) -> None:
    assert _loop_tokens(tokens) == loop


@dataclass(kw_only=True)
class Cut:
    """The pieces of speech in some audio, and the most bytes that were kept at a time."""

    pieces: list[Piece] = field(default_factory=list)
    kept_bytes: int = 0


def cut(pcm: bytes, *, size: int) -> Cut:
    speech, result = Speech(), Cut()
    for start in range(0, len(pcm), size):
        result.pieces += speech.feed(pcm[start : start + size])
        speech.drop()
        result.kept_bytes = max(result.kept_bytes, len(speech._pcm))  # noqa: SLF001 - not public
    result.pieces += speech.flush()[0]
    return result


@pytest.mark.parametrize("name", list(SPOKEN_MS))
def test_the_whole_speech_is_decoded_and_little_else(name: str) -> None:
    begins_ms, ends_ms = SPOKEN_MS[name]
    (piece,) = cut(recorded(name), size=3200).pieces
    assert begins_ms - 400 <= piece.start / 16 <= begins_ms
    assert ends_ms - 50 <= piece.end / 16 <= ends_ms + 450


@pytest.mark.parametrize("size", [1, 333, 3201, 1 << 20])
def test_pieces_do_not_depend_on_how_the_audio_arrives(size: int) -> None:
    pcm = recorded("goforward")
    assert cut(pcm, size=size).pieces == cut(pcm, size=3200).pieces


def test_long_speech_has_pieces_that_follow_each_other_and_little_is_kept() -> None:
    pcm = (recorded("austen-0870") + recorded("austen-0920")) * 10
    long = cut(pcm, size=3200)
    ends = [piece.end for piece in long.pieces]
    assert max(piece.end - piece.start for piece in long.pieces) <= MAX_PIECE_MS * 16
    assert ends == sorted(ends)
    assert len(long.pieces) > 12
    assert long.kept_bytes <= (MAX_PIECE_MS + 2000) * 32


def test_speech_after_a_flush_in_the_middle_of_a_sample_is_found() -> None:
    speech, said = Speech(), recorded("something")
    speech.feed(said[: 32 * 650] + b"\0")  # the first word
    assert speech.flush()[0]
    later = speech.feed(b"\0" + said) + speech.flush()[0]
    assert [piece.evidence.is_speech() for piece in later] == [True]


def test_a_minute_of_silence_keeps_little_audio() -> None:
    noise = random.Random(2)  # noqa: S311 - only noise for a test
    pcm = b"".join(noise.randint(-20, 20).to_bytes(2, "little", signed=True) for _ in range(16000))
    silent = cut(pcm * 60, size=3200)
    assert silent.pieces == []
    assert silent.kept_bytes <= 2 * 32_000


@pytest.mark.parametrize(
    ("seconds", "language", "tokens"),
    [(4, "en", 26), (4, "es", 26), (4, "uk", 32), (4, "ja", 52), (0.1, "en", 6)],
)
def test_the_longest_text_depends_on_the_language(
    seconds: float, language: str, tokens: int
) -> None:
    assert _max_tokens(int(16000 * seconds), language) == tokens


def test_a_partial_ends_where_its_speech_ends_and_not_with_the_audio() -> None:
    """The audio after the speech is not decoded yet, and may have words that the partial lacks."""
    said = recorded("something")
    model = SharedModel(Model(find_files(find_model("moonshine-tiny-en")), threads=1), at_once=1)
    recognition = Recognition(model=model)
    recognition.feed(said + bytes(32 * 1000))

    partial = result_of(recognition.partial(is_behind=False))

    assert isinstance(partial, PartialText)
    assert partial.end_ms is not None
    assert abs(partial.end_ms - SPOKEN_MS["something"][1]) < 400


def test_nothing_is_decoded_or_scored_for_a_client_that_left_while_it_waited() -> None:
    class OneAtATime:
        """A model whose first call lasts until the other clients wait, and have left."""

        def __init__(self) -> None:
            self.calls = 0
            self.has_begun, self.may_end = Event(), Event()

        def encode(self, pcm: bytes) -> bytes:
            self.calls += 1
            self.has_begun.set()
            assert self.may_end.wait(PATIENCE_S)
            return pcm

        def decode(self, encoded: bytes) -> bytes:
            return encoded

    computing = OneAtATime()
    model = SharedModel(cast("Model", computing), at_once=1)
    has_left = Event()
    with ThreadPoolExecutor() as threads:
        first = threads.submit(model.decode, b"a", waits=True)
        computing.has_begun.wait(PATIENCE_S)
        decoded = threads.submit(
            model.decode, b"b", waits=True, is_wanted=lambda: not has_left.is_set()
        )
        scored = threads.submit(
            model.score, bytes(2), ["go"], is_wanted=lambda: not has_left.is_set()
        )
        has_left.set()
        computing.may_end.set()

    assert first.result() == b"a"
    assert (decoded.result(), scored.result()) == (None, [])
    assert computing.calls == 1

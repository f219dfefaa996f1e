"""PocketSphinx: the calls of the decoder, and the words of its results."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from tiny_models import HIGH, LOW
from wyoming_bridge.events import Word
from wyoming_bridge.local.engines.pocketsphinx.decoding import BLOCK_BYTES, Decoding
from wyoming_bridge.local.engines.process.voice import result_of


@dataclass(kw_only=True)
class FakeSegment:
    """A segment of the fake decoder."""

    word: str = ""
    start_frame: int = 0
    end_frame: int = 0
    prob: float = 1.0


@dataclass(kw_only=True)
class RecordingDecoder:
    """A fake of pocketsphinx.Decoder that records its calls."""

    calls: list[bytes | str] = field(default_factory=list)
    segments: list[FakeSegment] = field(default_factory=list)

    def start_utt(self) -> None:
        self.calls.append("start")

    def process_raw(self, data: bytes, no_search: bool, full_utt: bool) -> None:  # noqa: FBT001 - the library's own signature
        self.calls.append(data)

    def end_utt(self) -> None:
        self.calls.append("end")

    def get_prob(self) -> float:
        return 1.0

    def seg(self) -> list[FakeSegment]:
        return self.segments


def test_variants_are_stripped_noises_left_out_and_numbers_clamped() -> None:
    decoder = RecordingDecoder(
        segments=[
            FakeSegment(word="<s>"),
            FakeSegment(word="and(2)", start_frame=0, end_frame=1, prob=1.0001),
            FakeSegment(word="[NOISE]"),
            FakeSegment(word="++UM++"),
            FakeSegment(word="so", start_frame=2, end_frame=99, prob=-0.1),
            FakeSegment(word="</s>"),
        ]
    )
    decoding = Decoding(decoder=decoder)
    list(decoding.decode(LOW[: 32 * 300]))
    assert result_of(decoding.flush()).words == (
        Word(text="and", start_ms=0, end_ms=20, confidence=1.0),
        Word(text="so", start_ms=20, end_ms=300, confidence=0.0),
    )


def test_a_word_outside_the_speech_is_left_out() -> None:
    decoder = RecordingDecoder(
        segments=[
            FakeSegment(word="tiny", start_frame=10, end_frame=90),
            FakeSegment(word="so", start_frame=200, end_frame=230),
            FakeSegment(word="few", start_frame=400, end_frame=430),
        ]
    )
    decoding = Decoding(decoder=decoder)
    list(decoding.decode(bytes(32 * 2000) + LOW + HIGH + bytes(32 * 2200)))
    assert [word.text for word in result_of(decoding.flush()).words] == ["so"]


@given(st.lists(st.binary(max_size=3 * BLOCK_BYTES), max_size=8))
def test_the_decoder_is_fed_the_same_blocks_however_audio_is_cut(pieces: list[bytes]) -> None:
    cut, whole = RecordingDecoder(), RecordingDecoder()
    in_pieces, at_once = Decoding(decoder=cut), Decoding(decoder=whole)
    for piece in pieces:
        list(in_pieces.decode(piece))
    list(at_once.decode(b"".join(pieces)))
    assert in_pieces.flush() == at_once.flush()
    assert cut.calls == whole.calls
    assert all(len(block) % 2 == 0 for block in cut.calls[1:-1])

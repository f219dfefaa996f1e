"""The joined chunks of an answer are always the beginning of the transcript."""

import logging
from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from wyoming_bridge.audio import AudioFormat
from wyoming_bridge.endpointing import Endpointing
from wyoming_bridge.events import FinalText, PartialText
from wyoming_bridge.server.answer import Answer
from wyoming_bridge.server.info import Program
from wyoming_bridge.server.quiet_log import QuietLog
from wyoming_bridge.server.request import Request
from wyoming_bridge.transcriber import RequestOptions, Result, Revision, Timing, Utterance
from wyoming_bridge.transcriber.text_style import TextStyle, styled, styled_prefix
from wyoming_bridge.transcriber.transcript import Transcript


def no_utterance(_source: AudioFormat, _wanted: RequestOptions) -> Utterance:
    raise AssertionError("this test must not create an utterance")


PROGRAM = Program(
    name="kitchen",
    description="",
    languages=(),
    endpointing=Endpointing(),
    new_utterance=no_utterance,
)
LOG = QuietLog(logging.getLogger(__name__), lines_per_minute=1)
TIMING = Timing(audio_ms=0, ready_ms=None, first_text_ms=None, final_ms=None, total_ms=0)


class Client:
    """A client that keeps what it has received of one answer."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.chunks = ""
        self.transcript: str | None = None

    def __call__(self, events: Sequence[tuple[str, Mapping[str, object]]]) -> None:
        for kind, data in events:
            self._read(kind, data)

    def _read(self, kind: str, data: Mapping[str, object]) -> None:
        self.kinds.append(kind)
        match kind:
            case "transcript-start":
                self.chunks = ""
            case "transcript-chunk":
                assert self.transcript is None
                self.chunks += str(data["text"])
            case "transcript":
                self.transcript = str(data["text"])


def answered(
    history: list[PartialText | FinalText], text_style: TextStyle
) -> tuple[Client, list[str]]:
    """Answer with these partials and finals. Return the client, and its chunks after each event."""
    client = Client()
    answer = Answer(client, Request(program=PROGRAM, chunks=True), log=LOG)
    transcript = Transcript()
    stood = []
    for event in history:
        transcript.take(event)
        answer.revise(
            Revision(
                text=styled(transcript.text, text_style),
                settled=styled_prefix(transcript.settled, text_style),
            )
        )
        stood.append(client.chunks)
    text = styled(transcript.text, text_style)
    answer.close(Result(text=text, profile="kitchen", provider="scripted", timing=TIMING))
    return client, stood


words = st.lists(
    st.sampled_from(["turn", "on", "off", "the", "light", "lights.", "(laughs)", "—", "灯"]),
    max_size=6,
).map(" ".join)
stabilities = st.none() | st.sampled_from([0.0, 0.5, 0.95, 1.0])
partials = st.builds(PartialText, text=words, stability=stabilities)
finals = st.builds(FinalText, text=words)
histories = st.lists(st.one_of(partials, partials, partials, finals), max_size=12)
wordings = st.sampled_from(TextStyle)


@examples(thorough=3000)
@given(histories, wordings)
def test_after_any_history_the_chunks_are_the_transcript(
    history: list[PartialText | FinalText], text_style: TextStyle
) -> None:
    client, _ = answered(history, text_style)

    assert client.chunks == client.transcript
    assert client.kinds.count("transcript") == 1
    assert (client.kinds[-1] == "transcript-stop") is ("transcript-start" in client.kinds)


growing = st.lists(st.sampled_from(["turn", "on", "the", "light"]), min_size=1, max_size=8).map(
    lambda said: [
        *(PartialText(text=" ".join(said[: count + 1])) for count in range(len(said))),
        FinalText(text=" ".join(said)),
    ]
)


@examples(thorough=1000)
@given(st.lists(growing, min_size=1, max_size=3), wordings)
def test_if_the_service_changes_no_settled_text_the_chunks_only_grow(
    segments: list[list[PartialText | FinalText]], text_style: TextStyle
) -> None:
    history = [event for segment in segments for event in segment]
    client, stood = answered(history, text_style)

    assert client.kinds.count("transcript-start") <= 1
    assert all(str(client.transcript).startswith(chunks) for chunks in stood)


def test_chunks_are_sent_before_the_final_if_two_partials_agree() -> None:
    history = [PartialText(text="turn on the"), PartialText(text="turn on the light")]
    _, stood = answered([*history, FinalText(text="turn on the light")], TextStyle.AS_IS)

    assert stood == ["", "turn on", "turn on the light"]


def test_if_a_service_changes_settled_text_the_chunks_begin_again() -> None:
    history: list[PartialText | FinalText] = [
        PartialText(text="turn on the light"),
        PartialText(text="turn on the light now"),
        FinalText(text="turn off the light"),
    ]
    client, _ = answered(history, TextStyle.AS_IS)

    assert client.kinds == [
        "transcript-start",
        "transcript-chunk",
        "transcript-start",
        "transcript-chunk",
        "transcript",
        "transcript-stop",
    ]
    assert client.chunks == "turn off the light"

"""OpenAI's own client library, unmodified, with the local server: audio files."""

import openai
import pytest

from openai_library import SPEECH, WORDS, NewLibrary, as_wav, resampled
from wyoming_bridge.local.engines.scripted import scripted_words

FILES = "OpenAI's client library 3.57.0, transcription of files"


async def test_json_is_the_default(library: NewLibrary) -> None:
    answer = await library().audio.transcriptions.create(
        model="whisper-1", file=("a.wav", as_wav(SPEECH))
    )
    assert answer.text == WORDS
    assert answer.usage.seconds == 0.8


async def test_a_text_is_only_the_text(library: NewLibrary) -> None:
    answer = await library().audio.transcriptions.create(
        model="whisper-1", file=("a.wav", as_wav(SPEECH)), response_format="text"
    )
    assert answer == f"{WORDS}\n"


@pytest.mark.promise(
    FILES, "timestamp_granularities: Either or both are supported: word, or segment."
)
async def test_words_and_segments_have_times(library: NewLibrary) -> None:
    answer = await library().audio.transcriptions.create(
        model="whisper-1",
        file=("a.wav", as_wav(SPEECH)),
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
    )
    assert [(each.word, each.start, each.end) for each in answer.words] == [
        (word, index / 5, (index + 1) / 5) for index, word in enumerate(WORDS.split())
    ]
    [segment] = answer.segments
    assert (segment.text, segment.start, segment.end) == (WORDS, 0.0, 0.8)
    assert (answer.language, answer.duration) == ("en", 0.8)


async def test_only_the_requested_granularities_are_sent(library: NewLibrary) -> None:
    answer = await library().audio.transcriptions.create(
        model="whisper-1", file=("a.wav", as_wav(SPEECH)), response_format="verbose_json"
    )
    assert answer.words is None
    assert len(answer.segments) == 1


@pytest.mark.promise(
    FILES, "stream: If set to true, the data will be streamed as server-sent events."
)
async def test_the_text_is_streamed(library: NewLibrary) -> None:
    stream = await library().audio.transcriptions.create(
        model="gpt-transcribe", file=("a.wav", as_wav(SPEECH)), stream=True
    )
    *deltas, done = [event async for event in stream]
    assert {event.type for event in deltas} == {"transcript.text.delta"}
    assert "".join(event.delta for event in deltas) == WORDS
    assert (done.type, done.text) == ("transcript.text.done", WORDS)


@pytest.mark.promise(FILES, "keywords: Words or phrases to guide transcription of the input audio.")
async def test_the_engine_favours_the_keywords(library: NewLibrary) -> None:
    answer = await library().audio.transcriptions.create(
        model="gpt-transcribe", file=("a.wav", as_wav(SPEECH)), keywords=["Kitchen", "lamp"]
    )
    assert answer.text.split() == scripted_words(SPEECH, bias_terms=["Kitchen", "lamp"])


@pytest.mark.promise(FILES, "languages: The languages detected in the audio.")
async def test_the_language_is_in_the_answer(library: NewLibrary) -> None:
    answer = await library().audio.transcriptions.create(
        model="gpt-transcribe", file=("a.wav", as_wav(SPEECH))
    )
    assert [each.code for each in answer.languages] == ["en"]
    assert answer.logprobs is None


@pytest.mark.promise(FILES, "logprobs will return the log probabilities of the tokens")
async def test_probabilities_are_sent_on_request(library: NewLibrary) -> None:
    answer = await library().audio.transcriptions.create(
        model="gpt-4o-transcribe", file=("a.wav", as_wav(SPEECH)), include=["logprobs"]
    )
    assert "".join(token.token for token in answer.logprobs) == WORDS
    assert {token.logprob for token in answer.logprobs} == {0.0}


async def test_a_streamed_text_has_its_probabilities_at_the_end(library: NewLibrary) -> None:
    stream = await library().audio.transcriptions.create(
        model="gpt-4o-transcribe",
        file=("a.wav", as_wav(SPEECH)),
        include=["logprobs"],
        stream=True,
    )
    *_, done = [event async for event in stream]
    assert "".join(token.token for token in done.logprobs) == WORDS
    assert [each.code for each in done.languages] == ["en"]


async def test_a_recording_at_another_rate_is_resampled(library: NewLibrary) -> None:
    recording = as_wav(resampled(SPEECH, rate_hz=48_000), rate_hz=48_000)
    answer = await library().audio.transcriptions.create(
        model="whisper-1", file=("a.wav", recording)
    )
    assert answer.usage.seconds == pytest.approx(0.8, abs=0.001)


@pytest.mark.promise(
    FILES, "response_format must be set verbose_json to use timestamp granularities."
)
@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"file": ("a.mp3", b"ID3" + bytes(100))}, "file: must be flac or ogg or wav or webm"),
        ({"file": ("a.wav", b"")}, "file: must be an audio file, got nothing"),
        ({"response_format": "srt"}, "response_format: must be json or text or verbose_json"),
        (
            {"timestamp_granularities": ["word"]},
            "timestamp_granularities: must not be set unless response_format is verbose_json",
        ),
        ({"model": ""}, "model: must be set, got nothing"),
        ({"include": ["usage"]}, "include: must be logprobs, got 'usage'"),
        (
            {"include": ["logprobs"], "response_format": "verbose_json"},
            "include: must not be set unless response_format is json",
        ),
        ({"keywords": ["lamp"] * 101}, "the form must have at most 100 fields"),
    ],
)
async def test_the_error_names_what_is_wrong(
    library: NewLibrary, values: dict[str, object], problem: str
) -> None:
    asked = {"model": "whisper-1", "file": ("a.wav", as_wav(SPEECH))} | values
    with pytest.raises(openai.BadRequestError) as caught:
        await library().audio.transcriptions.create(**asked)
    assert problem in str(caught.value)

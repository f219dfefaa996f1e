"""A result is the same in the bridge and in its client."""

import json

from wyoming_bridge.endpointing import Ending, Endpoint, SilenceRule
from wyoming_bridge.errors import AuthenticationError
from wyoming_bridge.events import Entity, Word
from wyoming_bridge.extensions.result import details_context, result_of
from wyoming_bridge.transcriber import Result, Segment, Timing

RESULT = Result(
    text="call Anna",
    said="Call Anna.",
    words=(
        Word(text="Call", start_ms=0, end_ms=200, confidence=0.9, speaker="speaker_0"),
        Word(text="Anna.", start_ms=220, end_ms=480, confidence=0.8, speaker="speaker_0"),
    ),
    segments=(
        Segment(
            text="Call Anna.",
            start_ms=0,
            end_ms=480,
            speaker="speaker_0",
            entities=(Entity(text="Anna", kind="name", start_char=5, end_char=9),),
        ),
    ),
    language="en",
    endpoint=Endpoint(
        ended_by=Ending.SILENCE, silence_ms=620, limit_ms=600, rule=SilenceRule.ORDINARY
    ),
    connections=2,
    failures=(AuthenticationError("the token is wrong"),),
    left_out_terms=("Zolder",),
    utterance_id="5d1c90fe",
    profile="kitchen",
    provider="reson8",
    timing=Timing(
        audio_ms=1100.0,
        ready_ms=12.5,
        first_text_ms=300.0,
        speech_ms=480,
        endpoint_ms=620.0,
        final_ms=3.5,
        total_ms=1110.0,
    ),
)


def test_a_client_gets_the_result_unchanged() -> None:
    context = details_context(RESULT.details())
    data = {"text": RESULT.text, "language": RESULT.language, "context": context}

    received = result_of(json.loads(json.dumps(data)), audio_ms=0, final_ms=0)

    (failure,) = received.failures
    assert (failure.code, failure.message) == ("auth_failed", "the token is wrong")
    assert received.details() | {"failures": []} == RESULT.details() | {"failures": []}
    assert (received.text, received.segments, received.words) == (
        RESULT.text,
        RESULT.segments,
        RESULT.words,
    )


def test_an_older_bridge_does_not_say_which_terms_were_left_out() -> None:
    details = RESULT.details()
    del details["left_out_terms"]
    data = {"text": RESULT.text, "context": details_context(details)}

    received = result_of(json.loads(json.dumps(data)), audio_ms=0, final_ms=0)

    assert received.left_out_terms is None

"""A revision is the same in the bridge and in its client."""

import json

import pytest

from wyoming_bridge.errors import ProtocolViolationError
from wyoming_bridge.extensions.result import revision_data, revision_of
from wyoming_bridge.transcriber import Revision, SpeakerText

SPEAKERS = (SpeakerText(speaker="a", text="turn"), SpeakerText(speaker=None, text="on"))


@pytest.mark.parametrize(
    "revision",
    [
        Revision(text="turn on", settled="turn"),
        Revision(text="turn on", settled="turn", speakers=SPEAKERS),
    ],
)
def test_a_client_gets_the_revision_unchanged(revision: Revision) -> None:
    assert revision_of(json.loads(json.dumps(revision_data(revision)))) == revision


@pytest.mark.parametrize("data", [{"text": 5}, {"speakers": "a"}, {"speakers": [{"speaker": "a"}]}])
def test_a_wrong_field_is_a_violation_of_the_protocol(data: dict[str, object]) -> None:
    with pytest.raises(ProtocolViolationError):
        revision_of(data)

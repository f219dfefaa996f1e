"""The reader of the services' JSON: its limit for nesting, and values of the wrong type."""

import json
from collections.abc import Callable, Mapping

import pytest

from wyoming_bridge.errors import ProtocolViolationError
from wyoming_bridge.json_fields import JsonFields
from wyoming_bridge.json_text import MAX_CLIENT_DEPTH, compact, readable
from wyoming_bridge.providers.elevenlabs.reader import read_client_message as read_elevenlabs
from wyoming_bridge.providers.reson8.reader import read_client_message as read_reson8
from wyoming_bridge.providers.scriptix.reader import read_client_message as read_scriptix

CLIENT_READERS = (read_elevenlabs, read_reson8, read_scriptix)
TOO_DEEP = "a message has too many levels of lists and objects; at most 32 are allowed"


def nested(levels: int, *, brackets: str = "[]") -> str:
    """Return an object with this number of levels, including the outermost one."""
    opening, closing = ('{"a":', "}") if brackets == "{}" else brackets
    inner = levels - 1
    return f'{{"a":{opening * inner}1{closing * inner}}}'


@pytest.mark.parametrize("brackets", ["[]", "{}"])
@pytest.mark.parametrize("levels", [1, 2, MAX_CLIENT_DEPTH])
def test_the_allowed_depth_is_read(levels: int, brackets: str) -> None:
    message = nested(levels, brackets=brackets)

    assert "a" in JsonFields.parse(message, provider="x", max_depth=MAX_CLIENT_DEPTH)


@pytest.mark.parametrize("brackets", ["[]", "{}"])
@pytest.mark.parametrize("levels", [MAX_CLIENT_DEPTH + 1, 900, 974, 975, 1000, 3000, 100_000])
@pytest.mark.parametrize("read", CLIENT_READERS)
def test_a_deeper_message_is_an_error_that_names_the_limit(
    read, levels: int, brackets: str
) -> None:
    with pytest.raises(ProtocolViolationError, match=TOO_DEEP):
        read(nested(levels, brackets=brackets))


def test_a_message_of_a_service_may_have_a_limited_depth() -> None:
    assert "a" in JsonFields.parse(nested(200), provider="x")
    with pytest.raises(ProtocolViolationError, match=r"too many levels of lists and objects$"):
        JsonFields.parse(nested(100_000), provider="x")


@pytest.mark.parametrize("message", ["[" * 974, "{" * 5000, "[" * 100_000 + "]" * 99_999, "", "1"])
@pytest.mark.parametrize("read", CLIENT_READERS)
def test_a_message_that_is_not_an_object_is_an_error(read, message: str) -> None:
    with pytest.raises(ProtocolViolationError, match="a message "):
        read(message)


@pytest.mark.parametrize("value", ["true", "false"])
@pytest.mark.parametrize("method", ["number", "whole", "optional_number", "optional_whole"])
def test_a_boolean_is_not_a_number(method: str, value: str) -> None:
    fields = JsonFields.parse(f'{{"rate": {value}}}', provider="x")
    with pytest.raises(ProtocolViolationError, match=f"rate must be a number, got {value}"):
        getattr(fields, method)("rate")


@pytest.mark.parametrize("value", ["0", "1", '"true"', "[]"])
def test_a_number_is_not_a_boolean(value: str) -> None:
    fields = JsonFields.parse(f'{{"commit": {value}}}', provider="x")
    with pytest.raises(ProtocolViolationError, match="commit must be true or false, got "):
        fields.flag("commit", default=False)


def test_the_error_for_a_boolean_sample_rate_names_the_field() -> None:
    message = '{"message_type": "input_audio_chunk", "sample_rate": true}'
    with pytest.raises(ProtocolViolationError, match="sample_rate must be a number, got true"):
        read_elevenlabs(message)


@pytest.mark.parametrize("write", [compact, readable])
def test_half_a_surrogate_pair_is_written_as_an_escape(
    write: Callable[[Mapping[str, object]], str],
) -> None:
    written = write({"text": "K\u00fcche \ud800"})

    assert json.loads(written.encode()) == {"text": "K\u00fcche \ud800"}
    assert "K\u00fcche" in written

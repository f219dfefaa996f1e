"""The JSON of Wyoming events: valid headers and blocks of data, and invalid ones."""

import json
from contextlib import nullcontext

import pytest

from wyoming_bridge.errors import WireError
from wyoming_bridge.server.wire_json import MAX_NESTING, read_data, read_header


def test_a_header_says_how_large_its_event_is() -> None:
    fields = {"type": "x", "data": {"a": 1}, "data_length": 20, "payload_length": 300}
    line = json.dumps(fields).encode()

    header = read_header(line)

    assert (header.type, header.data) == ("x", {"a": 1})
    assert (header.data_length, header.payload_length) == (20, 300)
    assert header.event_size == len(line) + 1 + 20 + 300


@pytest.mark.parametrize("data", [None, {}, "", 0])
def test_a_header_without_data_has_empty_data(data: object) -> None:
    assert read_header(json.dumps({"type": "x", "data": data}).encode()).data == {}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "must be a JSON object"),
        (b"{}", "type must be a non-empty string, got None"),
        (b'{"type": 7}', "type must be a non-empty string, got 7"),
        (b'{"type": "x", "data": [1]}', "data in an event's header must be a JSON object"),
    ],
)
def test_a_line_that_is_no_header_is_refused(line: bytes, why: str) -> None:
    with pytest.raises(WireError, match=why):
        read_header(line)


@pytest.mark.parametrize("name", ["data_length", "payload_length"])
@pytest.mark.parametrize("length", [-1, (1 << 20) + 1, 2 << 40, "9", 1.5, True])
def test_the_error_names_a_length_that_is_not_allowed(name: str, length: object) -> None:
    with pytest.raises(WireError, match=name):
        read_header(json.dumps({"type": "x", name: length}).encode())


@pytest.mark.parametrize(
    ("data", "is_allowed"),
    [
        ("[" * (MAX_NESTING - 1) + "]" * (MAX_NESTING - 1), True),
        ("[" * MAX_NESTING + "]" * MAX_NESTING, False),
        ("[" * 974 + "]" * 974, False),
        ("[" * 100_000 + "]" * 100_000, False),
        ('{"b": ' * MAX_NESTING + "1" + "}" * MAX_NESTING, False),
        ("[" + ", ".join(["[]"] * 500) + "]", True),
        ('"' + "[" * 500 + '"', True),
    ],
)
def test_the_nesting_of_json_is_limited(data: str, *, is_allowed: bool) -> None:
    block = f'{{"a": {data}}}'.encode()

    expected = nullcontext() if is_allowed else pytest.raises(WireError, match="32 levels")
    with expected:
        assert read_data(block) == json.loads(block)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_nan_and_infinity_are_refused(number: str) -> None:
    with pytest.raises(WireError, match="is not JSON"):
        read_header(f'{{"type": "ping", "data": {{"a": {number}}}}}'.encode())
    with pytest.raises(WireError, match="is not JSON"):
        read_data(f'{{"a": {number}}}'.encode())


def test_short_blocks_are_parsed_once_and_long_ones_are_not_kept() -> None:
    line = b'{"type": "audio-chunk", "data_length": 15}'
    short, long = b'{"rate": 16000}', json.dumps({"names": ["a name"] * 100}).encode()

    assert read_header(line) is read_header(bytes(bytearray(line)))
    assert read_data(short) is read_data(bytes(bytearray(short)))
    assert read_data(long) is not read_data(long)

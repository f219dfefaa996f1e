"""Reads the metadata of an ONNX file without loading its network.

sherpa-onnx ends the process if a value is missing, so the values are checked first. The file is a
Protocol Buffers message of the type ``ModelProto``, which is defined in ``onnx.proto`` of ONNX.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

__all__ = ["read_metadata"]

_METADATA_PROPS: Final = 14
"""The number of the field ``metadata_props``, which occurs once per entry of the metadata. An entry
has its key in field 1 and its value in field 2."""

_KEY: Final = 1
_VALUE: Final = 2

MAX_ENTRY_BYTES: Final = 1024 * 1024

_VARINT_BITS: Final = 64

_FIXED_BYTES: Final = {1: 8, 5: 4}
"""The sizes of the wire types with a fixed size."""

_VARINT: Final = 0
_BYTES: Final = 2


def read_metadata(path: Path) -> dict[str, str]:
    """Return the metadata of an ONNX file.

    Raises:
        OSError: The file cannot be read.
        ValueError: The file is not an ONNX file.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            return dict(
                _entry(file, end) for field, end in _fields(file, size) if field == _METADATA_PROPS
            )
    except ValueError as err:
        raise ValueError(f"{path.name} is not an ONNX file: {err}") from err


def _entry(file: IO[bytes], end: int) -> tuple[str, str]:
    if end - file.tell() > MAX_ENTRY_BYTES:
        raise ValueError("an entry of the metadata is too long")
    texts = {field: file.read(stop - file.tell()).decode() for field, stop in _fields(file, end)}
    return texts.get(_KEY, ""), texts.get(_VALUE, "")


def _fields(file: IO[bytes], end: int) -> Iterator[tuple[int, int]]:
    """Yield the number of each field that contains bytes, and the offset of its end.

    At each yield, the position in the file is the first of these bytes. The caller may read on.
    """
    while file.tell() < end:
        number, wire_type = divmod(_varint(file), 8)
        if wire_type == _VARINT:
            _varint(file)
            continue
        if wire_type != _BYTES and wire_type not in _FIXED_BYTES:
            raise ValueError(f"unknown wire type {wire_type}")
        size = _varint(file) if wire_type == _BYTES else _FIXED_BYTES[wire_type]
        stop = file.tell() + size
        if stop > end:
            raise ValueError("it is cut off")
        if wire_type == _BYTES:
            yield number, stop
        file.seek(stop)


def _varint(file: IO[bytes]) -> int:
    value = 0
    for shift in range(0, _VARINT_BITS, 7):
        byte = file.read(1)
        if not byte:
            raise ValueError("it is cut off")
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:  # noqa: PLR2004 - the last byte of a number
            return value
    raise ValueError("a number is too long")

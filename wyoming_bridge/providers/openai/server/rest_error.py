"""Errors of OpenAI's HTTP requests."""

from typing import Final

from ...contract import HttpAnswer
from ...emulator import json_answer

__all__ = ["rest_error"]

_FAILED: Final = 500
"""The lowest HTTP status that means that the server failed."""


def rest_error(status: int, code: str, message: str) -> HttpAnswer:
    """Return an error in the format of OpenAI's REST errors."""
    kind = "server_error" if status >= _FAILED else "invalid_request_error"
    error = {"message": message, "type": kind, "param": None, "code": code}
    return json_answer(status, {"error": error})

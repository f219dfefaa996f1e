"""The HTTP errors of the emulated Reson8."""

from ..contract import HttpAnswer
from ..emulator import json_answer

__all__ = ["refusal"]


def refusal(status: int, code: str, text: str) -> HttpAnswer:
    """Return an HTTP error. As in the service, the reason is also in a header."""
    answer = json_answer(status, {"code": code, "message": text})
    # A header may contain printable ASCII characters only.
    shown = "".join(each if each.isascii() and each.isprintable() else "?" for each in text)
    return HttpAnswer(
        status=status, headers={**answer.headers, "X-Error-Message": shown}, body=answer.body
    )

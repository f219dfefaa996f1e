"""The pong with which the local realtime server says that it is still working on an answer.

Without it, the bridge could not distinguish a server on a slow machine from one that will never
answer. It would send the audio again, and the machine would have to recognise it twice.

Other clients are not disturbed: RFC 6455, section 5.5.3, allows pongs that answer no ping, and
expects no response to them.
"""

from typing import Final

__all__ = ["WORKING_PONG", "WORKING_PONG_S"]

WORKING_PONG: Final = b"working"
"""The payload of the pong."""

WORKING_PONG_S: Final = 1.0
"""The time between two pongs while an answer is due. The bridge waits three times as long for an
answer before it sends audio again."""

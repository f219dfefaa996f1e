"""Many short texts in little memory."""

from array import array
from collections.abc import Iterable

__all__ = ["Texts"]


class Texts:
    """Texts in one array of bytes. A list of strings would take 49 bytes more for each text."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._bytes = bytearray()
        self._offsets = array("I", (0,))
        for text in texts:
            self.append(text)

    def append(self, text: str) -> None:
        """Add a text at the end."""
        self._bytes += text.encode()
        self._offsets.append(len(self._bytes))

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, index: int) -> str:
        return self._bytes[self._offsets[index] : self._offsets[index + 1]].decode()

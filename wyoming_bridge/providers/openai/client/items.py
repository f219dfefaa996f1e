"""The items of a session: pieces of audio, each with a text.

A commit turns the audio so far into an item. The server sends the item's id in its answer to the
commit, and in each message with text. The texts of several items can arrive in any order. They are
reported in the order of the commits.

Servers differ in the ids. A model that sends text before the commit uses the id of an item that is
not committed yet. A gateway may send one id in the answer to the commit and another id with the
text, or no id. A missing id is stored as an empty text and does not identify an item.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from ....events import FinalText, FlushDone, SessionEvent

__all__ = ["Items"]


@dataclass(slots=True, kw_only=True)
class _Commit:
    """A commit of the client that the server has not answered."""

    event_id: str
    flush_ids: list[str]


@dataclass(slots=True, kw_only=True)
class _Item:
    item_id: str
    text: str = ""
    """The text so far."""
    final: FinalText | None = None
    flush_ids: list[str] = field(default_factory=list)
    is_ours: bool = False
    """Whether a commit of the client made the item."""


class Items:
    """The items that are not reported yet, in order."""

    def __init__(self) -> None:
        self._asked: deque[_Commit] = deque()
        self._committed: deque[_Item] = deque()
        self._early: list[_Item] = []  # items that have text but are not committed yet
        self._reported: set[str] = set()

    @property
    def owed(self) -> bool:
        """Whether the text of a commit has not been reported yet."""
        return bool(self._asked or self._committed)

    @property
    def partial(self) -> str:
        """The text of all items that are not reported yet."""
        texts = (each.text.strip() for each in (*self._committed, *self._early))
        return " ".join(text for text in texts if text)

    def commit(self, event_id: str, *flush_ids: str) -> None:
        """Note a commit that the client sent."""
        self._asked.append(_Commit(event_id=event_id, flush_ids=list(flush_ids)))

    def attach(self, flush_id: str) -> bool:
        """Let a flush wait for the newest commit of the client. Return False if none is open."""
        newest = self._asked or [each for each in self._committed if each.is_ours]
        if newest:
            newest[-1].flush_ids.append(flush_id)
        return bool(newest)

    @property
    def has_open_commit(self) -> bool:
        """Whether the server has not answered a commit of the client."""
        return bool(self._asked)

    def has_asked(self, event_id: str | None) -> bool:
        """Return whether this is the id of a commit that the server has not answered."""
        return any(each.event_id == event_id for each in self._asked)

    def committed(self, item_id: str) -> None:
        """Note that the server has made an item, for the client's oldest commit or by itself."""
        is_known = any(each.item_id == item_id for each in self._committed)
        if item_id and (is_known or item_id in self._reported):
            return  # the item's text arrived before this message
        item = self._take_early(item_id) or _Item(item_id=item_id)
        if self._asked:
            item.flush_ids, item.is_ours = self._asked.popleft().flush_ids, True
        self._committed.append(item)

    def add(self, item_id: str, text: str) -> bool:
        """Add text to an item. Return False if the item has been reported already."""
        if item_id in self._reported:
            return False
        item = self._known(item_id)
        if item is None:
            item = _Item(item_id=item_id)
            self._early.append(item)
        item.text += text
        return True

    def complete(self, item_id: str, final: FinalText) -> bool:
        """Note the whole text of an item. Return False if it is a repetition."""
        is_waiting = any(each.item_id == item_id and each.final for each in self._committed)
        if item_id and (is_waiting or item_id in self._reported):
            return False
        item = self._answered_by(item_id)
        item.item_id, item.text, item.final = item_id, final.text, final
        return True

    def nothing_in(self, event_id: str | None) -> list[str]:
        """Note that a commit had no audio. Return the ids of the flushes that are done.

        If another commit is open, the flushes wait for that commit, and the list is empty.
        ``event_id`` is the id of the commit. If it is None or unknown, the oldest commit is meant.
        """
        if not self._asked:
            return []
        named = (index for index, each in enumerate(self._asked) if each.event_id == event_id)
        index = next(named, 0)
        flush_ids = self._asked[index].flush_ids
        del self._asked[index]
        return [flush_id for flush_id in flush_ids if not self.attach(flush_id)]

    def release(self) -> Iterator[SessionEvent]:
        """Yield the texts that are complete and have no incomplete item before them."""
        while self._committed and (final := self._committed[0].final):
            item = self._committed.popleft()
            self._reported |= {item.item_id} - {""}
            yield FinalText(
                text=final.text,
                words=final.words,
                language=final.language,
                is_new=item.is_ours,
            )
            for flush_id in item.flush_ids:
                yield FlushDone(flush_id=flush_id)

    def _known(self, item_id: str) -> _Item | None:
        all_items = (*self._committed, *self._early)
        return next((each for each in all_items if each.item_id == item_id), None)

    def _take_early(self, item_id: str) -> _Item | None:
        item = next((each for each in self._early if each.item_id == item_id), None)
        if item:
            self._early.remove(item)
        return item

    def _answered_by(self, item_id: str) -> _Item:
        """Return the committed item that a whole text belongs to. Make one if necessary."""
        unanswered = [each for each in self._committed if not each.final]
        named = next((each for each in unanswered if item_id and each.item_id == item_id), None)
        if named:
            return named
        # If text has arrived under this id, a committed item with text under another id is a
        # different item.
        has_text = any(each.item_id == item_id for each in self._early)
        renamed = next((each for each in unanswered if not (has_text and each.text)), None)
        if renamed is None:
            self.committed(item_id)
            return self._committed[-1]
        self._take_early(item_id)
        return renamed

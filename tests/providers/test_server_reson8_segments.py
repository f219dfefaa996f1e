"""The emulated Reson8: the end of segments, and the final text that answers a flush."""

from recorded import recorded
from reson8_servers import CONFIRMATION, FLUSH, SECOND, accepted, feed
from wyoming_bridge.events import FinalText
from wyoming_bridge.providers.reson8.behaviour import Reson8Behaviour


class TestSegments:
    SPEECH = recorded("something")  # 3 s, of which the last 0.9 s are silent
    PAUSES = Reson8Behaviour(segment_silence_s=1.5, max_segment_s=0)

    def test_a_pause_after_speech_ends_a_segment_once(self) -> None:
        server = accepted(self.PAUSES)
        [cut] = feed(server, self.SPEECH + SECOND * 5)
        assert 3000 < cut < 4500
        server.report(FinalText(text="one"))
        assert server.messages_to_send() == ['{"type":"transcript","text":"one"}']

    def test_each_pause_ends_a_segment(self) -> None:
        assert len(feed(accepted(self.PAUSES), (self.SPEECH + SECOND * 2) * 2)) == 2

    def test_a_short_pause_ends_no_segment(self) -> None:
        assert feed(accepted(self.PAUSES), self.SPEECH) == []

    def test_silence_alone_ends_no_segment(self) -> None:
        assert feed(accepted(self.PAUSES), SECOND * 20) == []

    def test_a_segment_of_the_maximum_length_is_ended(self) -> None:
        server = accepted(Reson8Behaviour(segment_silence_s=0, max_segment_s=2))
        assert feed(server, SECOND * 5) == [2000, 4000]

    def test_a_flush_begins_a_segment(self) -> None:
        server = accepted(Reson8Behaviour(segment_silence_s=0, max_segment_s=2))
        feed(server, SECOND)
        server.receive_message(FLUSH, now=0.0)
        server.report(FinalText(text="one"))
        assert feed(server, SECOND * 3) == [2000]

    def test_after_a_flush_directly_after_speech_the_pause_ends_no_segment(self) -> None:
        server = accepted(self.PAUSES)
        feed(server, self.SPEECH)
        server.receive_message(FLUSH, now=0.0)
        server.report(FinalText(text="one"))
        assert feed(server, SECOND * 5) == []

    def test_the_end_of_a_segment_never_overtakes_a_flush(self) -> None:
        """When the server gets a flush, the engine may not have all of the earlier audio yet."""
        server = accepted(Reson8Behaviour(segment_silence_s=0, max_segment_s=1))
        server.receive_message(FLUSH, now=0.0)
        server.commands_received()
        assert feed(server, SECOND * 2) == []
        server.report(FinalText(text="one"))
        assert server.messages_to_send()[-1] == CONFIRMATION
        assert feed(server, SECOND[:3200]) == [100]

    def test_the_final_text_of_an_ended_segment_confirms_no_flush(self) -> None:
        server = accepted(Reson8Behaviour(segment_silence_s=0, max_segment_s=1))
        feed(server, SECOND)
        server.receive_message(FLUSH, now=0.0)
        server.report(FinalText(text="one"))
        server.report(FinalText(text=""))
        assert server.messages_to_send() == ['{"type":"transcript","text":"one"}', CONFIRMATION]

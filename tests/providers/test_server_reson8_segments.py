"""The local server as Reson8: where a segment ends, and which final is whose."""

from recorded import recorded
from reson8_servers import CONFIRMATION, FLUSH, SECOND, accepted, hear
from wyoming_bridge.events import FinalText
from wyoming_bridge.providers.reson8.behaviour import Reson8Behaviour


class TestSegments:
    SPEECH = recorded("something")  # 3 s, the last 0.9 of it silent
    PAUSES = Reson8Behaviour(segment_silence_s=1.5, max_segment_s=0)

    def test_a_pause_behind_speech_ends_a_segment_once(self) -> None:
        server = accepted(self.PAUSES)
        [cut] = hear(server, self.SPEECH + SECOND * 5)
        assert 3000 < cut < 4500
        server.report(FinalText(text="one"))
        assert server.messages_to_send() == ['{"type":"transcript","text":"one"}']

    def test_each_pause_ends_its_own(self) -> None:
        assert len(hear(accepted(self.PAUSES), (self.SPEECH + SECOND * 2) * 2)) == 2

    def test_a_pause_too_short_ends_nothing(self) -> None:
        assert hear(accepted(self.PAUSES), self.SPEECH) == []

    def test_silence_alone_ends_nothing(self) -> None:
        assert hear(accepted(self.PAUSES), SECOND * 20) == []

    def test_a_segment_that_is_long_enough_is_ended(self) -> None:
        server = accepted(Reson8Behaviour(segment_silence_s=0, max_segment_s=2))
        assert hear(server, SECOND * 5) == [2000, 4000]

    def test_a_flush_begins_a_segment(self) -> None:
        server = accepted(Reson8Behaviour(segment_silence_s=0, max_segment_s=2))
        hear(server, SECOND)
        server.receive_message(FLUSH, now=0.0)
        server.report(FinalText(text="one"))
        assert hear(server, SECOND * 3) == [2000]

    def test_a_flush_right_behind_speech_leaves_nothing_to_the_pause(self) -> None:
        server = accepted(self.PAUSES)
        hear(server, self.SPEECH)
        server.receive_message(FLUSH, now=0.0)
        server.report(FinalText(text="one"))
        assert hear(server, SECOND * 5) == []

    def test_a_cut_never_overtakes_a_flush(self) -> None:
        """The engine may hear audio that came before a flush after the flush is known."""
        server = accepted(Reson8Behaviour(segment_silence_s=0, max_segment_s=1))
        server.receive_message(FLUSH, now=0.0)
        server.commands_received()
        assert hear(server, SECOND * 2) == []
        server.report(FinalText(text="one"))
        assert server.messages_to_send()[-1] == CONFIRMATION
        assert hear(server, SECOND[:3200]) == [100]

    def test_the_final_of_a_cut_confirms_no_flush(self) -> None:
        server = accepted(Reson8Behaviour(segment_silence_s=0, max_segment_s=1))
        hear(server, SECOND)
        server.receive_message(FLUSH, now=0.0)
        server.report(FinalText(text="one"))
        server.report(FinalText(text=""))
        assert server.messages_to_send() == ['{"type":"transcript","text":"one"}', CONFIRMATION]

"""The end of the audio of a server that detects turns and must not get a commit."""

from wyoming_bridge.providers.openai.client.silent_end import SilentEnd


def ended(*, confirms: bool = False) -> SilentEnd:
    end = SilentEnd(confirms=confirms)
    end.begin(now=0.0)
    return end


def test_speech_that_the_server_still_hears_is_waited_for() -> None:
    end = ended()
    end.speech_started()
    end.handle_timeout(now=60.0)
    assert end.is_waiting
    assert end.next_timeout() is None
    end.speech_stopped()
    end.committed()
    assert not end.is_waiting


def test_each_message_prolongs_the_wait_for_speech() -> None:
    end = ended()
    end.message_received(now=1.0)
    end.handle_timeout(now=2.0)
    assert end.is_waiting
    end.handle_timeout(now=2.5)
    assert not end.is_waiting


def test_a_confirmation_does_not_end_the_wait_for_the_item_of_speech() -> None:
    end = ended(confirms=True)
    end.speech_started()
    end.speech_stopped()
    end.confirmed()
    assert end.is_waiting
    end.committed()
    assert not end.is_waiting


def test_an_item_before_the_confirmation_may_not_be_the_last() -> None:
    end = ended(confirms=True)
    end.committed()
    assert end.is_waiting
    end.confirmed()
    assert not end.is_waiting


def test_before_the_end_of_the_audio_nothing_is_waited_for() -> None:
    end = SilentEnd(confirms=False)
    end.speech_started()
    end.confirmed()
    assert not end.is_waiting
    assert end.next_timeout() is None

"""No order of speech, silence, deliveries, faults and waits loses or repeats a word."""

from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sessions import noise
from simulation import SERVICES, Simulation, a_service
from utterances import silence
from wyoming_bridge.errors import ConnectError
from wyoming_bridge.testing import scripted_words
from wyoming_bridge.transcriber import Limits

LIMITS = Limits()
SLACK_S = 0.001


def exceed_the_limits(faults: int, outage_s: float, *, silence_s: float) -> bool:
    """Return whether there are so many faults that a profile may have no transcript.

    A profile is given up after ``connections`` sessions in a row that failed. A session may also
    fail because its service is silent for ``silence_s``.
    """
    return faults + outage_s / silence_s >= LIMITS.connections


class AnyUtterance(RuleBasedStateMachine):
    """An utterance with random steps. Each block of 200 ms that is spoken gives one word."""

    @initialize(
        name=st.sampled_from(SERVICES), fallback=st.booleans(), delivers_at_once=st.booleans()
    )
    def begin(self, name: str, *, fallback: bool, delivers_at_once: bool) -> None:
        services = [a_service(name)]
        if fallback:
            services.append(a_service("scripted"))
            services[-1].name, services[-1].can_flush = "other", False
        self.services = services
        self.simulation = Simulation(*services, limits=LIMITS)
        self.simulation.delivers_at_once = delivers_at_once
        self.spoken: list[str] = []
        self.faults = 0  # how many sessions were broken
        self.outage_s = 0.0  # how long a service was down or silent, or its messages were held back

    @contextmanager
    def counted_outage(self) -> Iterator[None]:
        """Add the time that passes in the block to ``outage_s``, unless all services work."""
        simulation = self.simulation
        began, was_over = simulation.now, simulation.is_over
        yield
        works = simulation.delivers_at_once and not any(
            each.is_mute or each.refuses for each in self.services
        )
        if not works and not was_over:
            self.outage_s += simulation.now - began

    @property
    def takes_audio(self) -> bool:
        return self.simulation.recognition.phase.takes_audio

    @precondition(lambda self: self.takes_audio)
    @rule(seed=st.integers(0, 200))
    def speak(self, seed: int) -> None:
        word = noise(seed, words=1)
        self.spoken += scripted_words(word)
        with self.counted_outage():
            self.simulation.say(word)

    @precondition(lambda self: self.takes_audio)
    @rule(blocks=st.integers(1, 4))
    def pause(self, blocks: int) -> None:
        with self.counted_outage():
            for _ in range(20 * blocks):
                if self.takes_audio:
                    self.simulation.say(silence(10))

    @rule()
    def deliver_all(self) -> None:
        self.simulation.deliver()
        self.simulation.run()

    @rule(number=st.integers(0, 3))
    def deliver_one(self, number: int) -> None:
        self.simulation.deliver_one(number)
        self.simulation.run()

    @rule(seconds=st.sampled_from([0.05, 0.3, 1.0]))
    def wait(self, seconds: float) -> None:
        with self.counted_outage():
            self.simulation.wait(seconds)

    @precondition(lambda self: self.simulation.links)
    @rule()
    def break_the_connection(self) -> None:
        self.faults += 1
        next(iter(self.simulation.links.values())).drop()
        self.simulation.run()

    @precondition(lambda self: any(each.is_connected for each in self.simulation.links.values()))
    @rule()
    def send_invalid_message(self) -> None:
        self.faults += 1
        link = next(iter(self.simulation.links.values()))
        link.client.receive_message("<html>", now=self.simulation.now)
        self.simulation.run()

    @precondition(lambda self: self.simulation.links)
    @rule()
    def send_error_message(self) -> None:
        self.faults += 1
        next(iter(self.simulation.links.values())).fail()
        self.simulation.run()

    @rule(number=st.integers(0, 1), is_mute=st.booleans())
    def change_whether_a_service_is_silent(self, number: int, *, is_mute: bool) -> None:
        self.services[number % len(self.services)].is_mute = is_mute

    @rule(number=st.integers(0, 1), is_down=st.booleans())
    def change_whether_a_service_is_down(self, number: int, *, is_down: bool) -> None:
        service = self.services[number % len(self.services)]
        service.refuses = ConnectError("down") if is_down else None

    @precondition(lambda self: self.takes_audio)
    @rule()
    def finish(self) -> None:
        self.simulation.finish()

    @invariant()
    def there_is_at_most_one_outcome(self) -> None:
        simulation = self.simulation
        outcomes = len(simulation.results) + len(simulation.errors)
        assert outcomes == simulation.is_over
        assert not (simulation.is_over and simulation.links)

    @invariant()
    def something_is_due_as_long_as_there_is_no_outcome(self) -> None:
        simulation = self.simulation
        if not simulation.is_over and not self.takes_audio:
            assert simulation.recognition.next_timeout() is not None

    def teardown(self) -> None:
        if not hasattr(self, "simulation"):
            return
        simulation = self.simulation
        for service in self.services:
            service.refuses, service.is_mute = None, False
        simulation.delivers_at_once = True
        simulation.finish()
        simulation.wait_for_outcome()
        self.there_is_at_most_one_outcome()
        ended_at = simulation.ended_at or simulation.now
        # If a session gets all audio again at the end, its final may take as long as the speech.
        spoken_s = simulation.now - 1000.0
        assert simulation.now - ended_at <= LIMITS.total_s + spoken_s + SLACK_S
        if simulation.errors:
            assert exceed_the_limits(self.faults, self.outage_s, silence_s=LIMITS.answer_s)
            return
        (result,) = simulation.results
        assert result.text.split() == self.spoken
        final_s = LIMITS.final_s / LIMITS.connections
        assert result.complete or exceed_the_limits(self.faults, self.outage_s, silence_s=final_s)


AnyUtterance.TestCase.settings = settings(deadline=None, stateful_step_count=30)
TestAnyUtterance = AnyUtterance.TestCase

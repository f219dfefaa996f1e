"""All numbers of the endpointing package, with the reason for each value.

Times are in ms. Levels are root mean squares in dB of 16-bit full scale (dBFS), ratios of levels
are in dB. ``bench/endpointing.py`` measures the effect of a change. A "take" is one recording mixed
with one noise in that benchmark. A take is "cut" if its endpoint is before the end of the speech,
and "late" if its endpoint is too long after it. The ratios have three decimals because they were
measured as factors: with fewer decimals, the results of the benchmark change.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["DEFAULT_TUNING", "FRAME_MS", "Tuning", "ratio", "rms", "rounded"]

FRAME_MS: Final = 10
"""The length of a frame. microVAD takes no other length."""

_FULL_SCALE: Final = 32768
"""The level of 0 dBFS as a root mean square of 16-bit samples."""


def rounded(value: float) -> float:
    """Return a value with four significant digits, the same on every machine."""
    return float(f"{value:.4g}")


def ratio(db: float) -> float:
    """Return the ratio of two levels that are ``db`` apart, with four significant digits."""
    return rounded(10 ** (db / 20))


def rms(dbfs: float) -> int:
    """Return a level as a root mean square of 16-bit samples.

    The result is a whole number, like the levels that ``audioop`` measures.
    """
    return round(_FULL_SCALE * 10 ** (dbfs / 20))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """The numbers of the detector, the noise floor, the segmenter and the turn."""

    # The detector: vad.py.

    vad_warm_up_ms: int = 760
    """Audio that microVAD needs before its first answer; measured with pymicro-vad 2.1.0."""

    hiss_dbfs: float = -46.2
    """Level of the hiss that the network receives in place of quiet audio, about 25 dB below
    speech. Of 52 words of 0.2 to 0.4 s, the network missed 16 with the noise of the room in which
    they were recorded, and 15, 6, 2 and 1 with hiss of -64, -52, -49 and -46 dBFS."""

    # The frames that the detector skips to save CPU: sparse_vad.py.

    vad_idle_below: float = 0.3
    """Below this probability, the last speech has no effect on the network any more, and silence
    can be skipped."""

    vad_sure_from: float = 0.99
    """Probability that the network reports in the middle of speech, but no longer soon after the
    speech."""

    vad_rest_ms: int = 200
    """Time that the network skips while its answer is certain and the sound continues."""

    vad_look_ms: int = 100
    """Time for which the network runs after each skip. Skipping 200 of 300 ms halves the CPU time.
    A loud noise that begins at the end of the voice may count as voice for up to 0.5 s."""

    vad_gap_rest_ms: int = 100
    """Silence that the network skips after a sound that was at least as long. Words are that long,
    clicks are not. This saves a sixth of the CPU time, but the voice seems to last 0.1 s longer. In
    a noisy room the silence is not skipped, because the end of the speech is then computed from the
    end of the voice."""

    # The level of the background noise: NoiseFloor in noise_floor.py.

    floor_block_ms: int = 50
    """Time over which the level of the noise is averaged, because single frames of noise are quiet
    by chance."""

    floor_window_ms: int = 3000
    """The floor is the quietest block of this time. Speech of that length has at least one closure
    of a consonant."""

    floor_unknown_ms: int = 1000
    """The floor counts as unknown for this time, because speech may begin with the first audio."""

    initial_floor_dbfs: float = -52.2
    """Level of a quiet room as satellites record it. While the floor is unknown, this is its upper
    limit."""

    min_floor_dbfs: float = -64.3
    """The lower limit of the floor, below that of any expected room. A muted microphone sends
    zeros."""

    background_speech_dbfs: float = -48.7
    """Other people may be talking if even the quietest moments, without the pauses of
    ``background_lull_ms``, have at least this level."""

    background_speech_below_db: float = 24.082
    """Background speech that is farther than this below the speaker's level is ignored."""

    background_lull_ms: int = 150
    """Total time of the pauses that are expected in ``floor_window_ms`` of background speech.
    People who talk at the same time leave short pauses."""

    steady_noise_memory_ms: int = 10_000
    """Time for which a steady noise is remembered."""

    steady_noise_ms: int = 500
    """A level that stays the same for this time is a steady noise, such as a fan. The level of five
    people who talk at the same time varied more."""

    steady_below_db: float = 2.279
    steady_above_db: float = 1.584
    """How far a steady noise may vary below and above the level of the quietest moments."""

    # Sounds above the floor: LevelGate in noise_floor.py.

    noisy_from_dbfs: float = -44.3
    """A room is noisy if its floor has at least this level, unless the speaker is far louder."""

    clear_above_floor_db: float = 22.923
    """A room is not noisy if the speech is at least this far above the floor."""

    sound_above_floor_db: float = 10.103
    """In a quiet room, a frame is a sound if it is at least this far above the floor."""

    sound_above_noisy_floor_db: float = 3.522
    """The same in a noisy room, where speech is closer to the floor. Steady noise varies by less
    than 1 dB from frame to frame."""

    mean_above_noisy_floor_db: float = 2.607
    """The same for the mean over ``mean_window_ms``. Even speech that is weaker than the noise
    raises the mean."""

    mean_window_ms: float = 66.67
    """Time constant of the mean level."""

    sound_below_peak_db: float = 18.062
    """Sounds that are farther than this below the speech are breath or the last word's echo."""

    sound_below_noisy_peak_db: float = 13.979
    mean_below_noisy_peak_db: float = 16.478
    """The same in a noisy room, for a frame and for the mean. Quieter sounds are variations of the
    noise."""

    peak_attack_ms: float = 100.0
    """Time constant with which the peak follows louder sounds. A bang of 20 ms must not make the
    speech seem quiet."""

    peak_decay_db_per_s: float = 2.0
    """Speed with which the peak falls, so that a second speaker farther away is noticed in time."""

    foreground_window_ms: int = 300
    """Time over which the energy decides whether speech is in the foreground. Single syllables of
    background speech are louder than soft words."""

    foreground_below_speech_db: float = 10.0
    """Foreground speech has at most this much less energy than the loudest speech. Of 828 takes
    with background speech 10 dB below the speech, no take was cut or late. With 9.7 dB, one take
    with background speech 20 dB below was cut. With 10.3 dB, 4 takes were late."""

    # The segmenter.

    vad_onset_delay_ms: int = 450
    """The longest time from the start of a voice to the network's answer; 100 to 450 ms were
    measured. The network also runs for this time after the last sound."""

    vad_offset_delay_ms: int = 150
    """The shortest time from the end of a voice to the network's answer in noise; 150 to 500 ms
    were measured."""

    hangover_ms: int = 200
    """Sound after the last voice still counts as speech for this time, and then as noise."""

    min_trailing_burst_ms: int = 30
    """The shortest sound that extends speech. A "t" at the end of a word is short and follows a
    gap. A click is shorter."""

    max_inaudible_tail_ms: int = 200
    """The longest end of speech that noise can hide."""

    # The turn.

    min_silence_ms: int = 100
    """Shorter gaps are closures of consonants. ElevenLabs has the same default."""

    max_word_delay_ms: int = 500
    """The longest time from a spoken word to its text. Services took 200 to 450 ms."""

    soft_speech_hangover_ms: int = 1000
    """The longest time for which a speaker is no louder than the background speech. With 850 ms, 2
    of 792 takes were cut. With 1000 ms, no take was."""

    no_words_hold_ms: int = 350
    """Replaces ``soft_speech_hangover_ms`` if a service that keeps up sends no words for the soft
    speech."""

    words_deadline_ms: int = 950
    """A service that keeps up sends the next word at most this long after the last foreground
    speech. The turn does not end earlier."""

    keeps_up_within_ms: int = 1000
    """A service keeps up if its last words arrived at most this long before the last foreground
    speech."""

    length_limit_from_ms: int = 25_000
    """A segment that is at least this long may have ended only because a service limits the length.
    The shortest limit is 30 s, for ElevenLabs."""

    still_speaking_ms: int = 250
    """The speaker counts as speaking for this time after foreground speech. No service ends a turn
    sooner."""

    words_only_extra_silence_ms: int = 1500
    """The additional silence if there are words but the detector found no speech. A service may
    have recognised words in noise before the speaker began."""

    text_hold_ms: int = 300
    """The additional silence after speech that follows an unfinished command. In this time the text
    of that speech arrives, which then decides how long the pause may be. A local engine takes up to
    200 ms for the text. A service sends it 450 ms after the last word, which is 325 ms after the
    flush."""

    wants_audio_before_ms: int = 100
    """This long before a flush or the end is due, audio begins to be processed as soon as it
    arrives."""


DEFAULT_TUNING: Final = Tuning()
"""The numbers that the bridge uses."""

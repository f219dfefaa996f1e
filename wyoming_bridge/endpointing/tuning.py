"""All parameters of the endpointing package, with the reason for each value.

Times are in ms. Levels are root mean squares in dB of 16-bit full scale (dBFS), ratios of levels
are in dB. The ratios have three decimals because they were measured as factors: with fewer
decimals, the results of ``bench/endpointing.py`` change.

``bench/tuning.py`` changes one parameter at a time. The reasons say how other values change the
results. A "take" is one recording mixed with one noise. In a "run" of a take, a service sends words
or no words. A run is "cut" if its endpoint is before the end of the speech, "late" if its endpoint
is too long after it, "missed" if no speech is found, and "false" if a beginning of speech is found
before the speech begins. The "lag" is the time from the end of the speech to the endpoint. "All
runs are the same" means that not even a lag differs. There were 1072 runs for the parameters of the
background speech, the foreground, the segmenter and the turn, and 352 runs for the others.
``bench/README.md`` describes the takes.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["DEFAULT_TUNING", "FRAME_MS", "Tuning", "ratio", "rms", "rounded"]

FRAME_MS: Final = 10
"""The length of a frame. microVAD accepts no other length."""

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
    """The parameters of the detector, the noise floor, the segmenter and the turn."""

    # The detector: vad.py.

    vad_warm_up_ms: int = 760
    """Audio that microVAD needs before its first answer; measured with pymicro-vad 2.1.0. With 380
    ms, 8 fewer runs are false, but there is no answer to the first audio. With 1520 ms, 40 more are
    false, and 1 more is missed."""

    hiss_dbfs: float = -46.2
    """Level of the hiss that the network receives in place of quiet audio, about 25 dB below
    speech. Of 52 words of 0.2 to 0.4 s, the network missed 16 with the noise of the room in which
    they were recorded, and 15, 6, 2 and 1 with hiss of -64, -52, -49 and -46 dBFS. With 3 dB less,
    4 more runs are missed, and with 3 dB more, 1 more is."""

    # The frames that the detector skips to save CPU: sparse_vad.py.

    vad_idle_below: float = 0.3
    """Below this probability, the last speech has no effect on the network any more, and silence
    can be skipped. With 0.15, all runs are the same, and the network processes 46.9 % of the frames
    instead of 42.1 %. With 0.5, the threshold of speech, it processes 40.1 %, and 1 more run is
    missed."""

    vad_sure_from: float = 0.99
    """The network reports at least this probability only within speech, and not after its end. With
    0.98, the network processes 41.0 % of the frames, with 0.995 43.2 %, and with either value 8
    lags differ."""

    vad_rest_ms: int = 200
    """Time that the network skips while its answer is certain and the sound continues. With 100 ms,
    the network processes 47.4 % of the frames, and 12 lags differ. With 400 ms, it processes
    37.6 %, and 8 lags differ. Neither value makes a further run cut or late. A longer time delays
    the answer at the end of the voice."""

    vad_look_ms: int = 100
    """Time for which the network runs after each skip. Skipping 200 of 300 ms halves the CPU time.
    A loud noise that begins at the end of the voice may count as voice for up to 0.5 s. With 50 ms,
    the network processes 38.4 % of the frames, and 4 lags differ. With 200 ms, it processes 46.5 %,
    and 12 lags differ. Neither value makes a further run cut or late."""

    vad_gap_rest_ms: int = 100
    """Silence that the network skips after a sound that was at least as long. Words are that long,
    clicks are not. This saves a sixth of the CPU time, but the voice seems to last 0.1 s longer. In
    a noisy room the silence is not skipped, because the end of the speech is then computed from the
    end of the voice. With 50 ms, the network processes 42.5 % of the frames, and no lag differs.
    With 200 ms, it processes 42.3 %, and 2 lags differ."""

    # The level of the background noise: NoiseFloor in noise_floor.py.

    floor_block_ms: int = 50
    """Time over which the level of the noise is averaged, because single frames of noise can be
    quiet by chance: frames of babble were up to 15.5 dB below their mean, and blocks of this time
    up to 8.9 dB. With 20 ms, 21 more runs are late and 2 fewer are cut. With 100 ms, 4 more are
    late."""

    floor_window_ms: int = 3000
    """The floor is the quietest block of this time. Speech of that length has at least one closure
    of a consonant. A longer window notices later that the noise has become louder. With 1500 ms, 56
    lags differ, and with 6000 ms 34. No further run is cut or late, so the takes do not show which
    value is best."""

    floor_unknown_ms: int = 1000
    """The floor counts as unknown for this time, because speech may begin with the first audio.
    With 2000 ms, 6 more runs are late and 1 more is missed. With 500 ms, all runs are the same."""

    initial_floor_dbfs: float = -52.2
    """Level of a quiet room as satellites record it. While the floor is unknown, this is its upper
    limit. The quietest blocks of the six recordings have -63.5 to -51.0 dBFS. With 3 dB less, 1 lag
    differs. With 3 dB more, 6 runs differ, and in 2 of them babble no longer counts as a beginning
    of speech."""

    min_floor_dbfs: float = -64.3
    """The lower limit of the floor, just below that of the quietest recording, which has -63.5
    dBFS. A muted microphone sends zeros. With 3 dB less or more, all runs are the same, also those
    with digital silence."""

    background_speech_dbfs: float = -48.7
    """The lowest level of background speech. Other people may be talking only if even the quietest
    moments have this level, apart from the pauses of ``background_lull_ms``. It is 3.5 dB above a
    quiet room. With 3 dB less or more, all runs are the same: the recorded speech is so loud that
    ``background_speech_below_db`` gives a higher limit."""

    background_speech_below_db: float = 24.082
    """Background speech that is farther than this below the speaker's level is ignored. With 21.1
    dB, 5 more runs in babble are late. With 27.1 dB, 5 fewer are late and no further run is cut, so
    the takes do not show why it should not be higher. With a higher value, quieter sounds of the
    room count as speech too."""

    background_lull_ms: int = 150
    """Total time of the pauses that are expected in ``floor_window_ms`` of background speech,
    because people who talk at the same time leave short pauses. With 70 ms, 1 more run is late.
    With 300 ms, 2 more are late, and 1 that was late no longer is. All of them have babble."""

    steady_noise_memory_ms: int = 10_000
    """Time for which a steady noise is remembered. Speech over the noise of a fan must pause for
    ``steady_noise_ms`` within this time, or the fan counts as background speech. With 5 and 20 s,
    all runs are the same, because the takes are too short."""

    steady_noise_ms: int = 500
    """A level that stays the same for this time is a steady noise, such as a fan. With 250 ms,
    moments of babble count as steady, and 51 more runs are late. With 1000 ms, 13 lags differ, and
    no further run is late."""

    steady_below_db: float = 2.279
    """How far a steady noise may vary below the level of the quietest moments. Blocks of white
    noise vary by 0.4 dB below and above their mean, and those of five people by 8.9 dB below. With
    half of this value, 2 lags differ, and with 1.5 times this value 1 lag, so the takes do not
    show which value is best."""
    steady_above_db: float = 1.584
    """How far a steady noise may vary above the level of the quietest moments. With 2.4 dB, moments
    of babble count as steady, and 4 more runs are late. With 0.8 dB, 2 lags differ."""

    # Sounds above the floor: LevelGate in noise_floor.py.

    noisy_from_dbfs: float = -44.3
    """A room is noisy if its floor has at least this level, unless the speaker is far louder. With
    3 dB less, 3 more runs are late. With 3 dB more, 2 more are cut, 1 more is missed and 2 fewer
    are late."""

    clear_above_floor_db: float = 22.923
    """A room is not noisy if the speech is at least this far above the floor. With 19.9 dB, 2 more
    runs are cut and 1 more is missed. With 25.9 dB, 2 lags differ."""

    sound_above_floor_db: float = 10.103
    """In a quiet room, a frame is a sound if it is at least this far above the floor. With 7.1 dB,
    5 more runs are late. With 13.1 dB, 4 more are cut, and 4 fewer are false."""

    sound_above_noisy_floor_db: float = 3.522
    """In a noisy room, a frame is a sound if it is at least this far above the floor, because
    speech is closer to the floor there. Steady noise varies by at most 1 dB from frame to frame.
    With 1.8 dB, 18 more runs are late and 4 fewer are cut. With 5.3 dB, 2 more are cut."""

    mean_above_noisy_floor_db: float = 2.607
    """In a noisy room, a frame is also a sound if the mean over ``mean_window_ms`` is at least this
    far above the floor. Even speech that is weaker than the noise raises the mean. With 1.3 dB, 7
    more runs are late and 4 fewer are cut. With 3.9 dB, 2 more are cut."""

    mean_window_ms: float = 66.67
    """Time constant of the mean level. With 133 ms, 20 more runs are late. With 33 ms, 120 lags
    differ and no further run is cut or late, so the takes do not show why it should not be lower. A
    shorter mean varies more in noise."""

    sound_below_peak_db: float = 18.062
    """Sounds that are farther than this below the speech are breath or the last word's echo. With
    15.1 dB, 2 more runs are cut. With 21.1 dB, the median lag is 30 ms longer, and no further run
    is late."""

    sound_below_noisy_peak_db: float = 13.979
    """In a noisy room, sounds that are farther than this below the speech are variations of the
    noise. With 17 dB, 2 more runs are late. With 11 dB, 9 lags differ and no further run is cut."""
    mean_below_noisy_peak_db: float = 16.478
    """In a noisy room, a mean that is farther than this below the speech is a variation of the
    noise. With 19.5 dB, 3 more runs are late. With 13.5 dB, 46 lags differ and no further run is
    cut."""

    peak_attack_ms: float = 100.0
    """Time constant with which the peak follows louder sounds. A bang of 20 ms must not make the
    speech seem quiet. With 50 ms, 1 more run is missed. With 200 ms, 3 more are late."""

    peak_decay_db_per_s: float = 2.0
    """Speed with which the peak falls, so that a second speaker farther away is noticed in time.
    With 1 dB per s, 4 more runs are cut. With 4 dB per s, 2 more are late."""

    foreground_window_ms: int = 300
    """Time over which the energy decides whether speech is in the foreground, because single
    syllables of background speech are louder than soft words. In babble, 34 more runs are cut with
    150 ms. With 600 ms, 13 more are cut and 30 more are late."""

    foreground_below_speech_db: float = 10.0
    """Speech is in the foreground if its energy is at most this far below that of the loudest
    speech. Of 828 takes with background speech 10 dB below the speech, no take was cut or late.
    With 9.7 dB, one take with background speech 20 dB below was cut. With 10.3 dB, 4 takes were
    late. In ``bench/tuning.py``, 173 more runs are cut with 7 dB, and 81 more are late with 13
    dB."""

    # The segmenter.

    vad_onset_delay_ms: int = 450
    """The longest time from the start of a voice to the network's answer; 100 to 450 ms were
    measured. The network also runs for this time after the last sound. With 220 ms, 7 more runs are
    missed and 2 more are cut. With 900 ms, all runs are the same, but the network processes 47.7 %
    of the frames instead of 45.7 %, and a knock would delay the end by that time."""

    vad_offset_delay_ms: int = 150
    """The shortest time from the end of a voice to the network's answer in noise; 150 to 500 ms
    were measured. With 70 ms, the median lag is 25 ms longer, and 3 more runs are late. With 300
    ms, it is 25 ms shorter and no further run is cut, so only the measured delays speak against
    it."""

    hangover_ms: int = 200
    """Sound after the last voice still counts as speech for this time, and then as noise. It limits
    how long a sound that goes on after the speech, such as running water, delays the end. With 100
    and 400 ms, all runs are the same, because no take has such a sound."""

    min_trailing_burst_ms: int = 30
    """The shortest sound that extends speech. A "t" at the end of a word is short and follows a
    gap. A click is shorter. With 10 ms, 26 more runs are late and 4 fewer are cut, because single
    frames of noise extend the speech. With 60 ms, 9 fewer are late and no more are cut, but a
    shorter "t" no longer belongs to its word."""

    max_inaudible_tail_ms: int = 200
    """The longest part of the end of speech that noise can hide. With 400 ms, 53 more runs are
    late. With 100 ms, the median lag is 40 ms shorter and no further run is cut, so the takes do
    not show why it should not be lower."""

    # The turn.

    min_silence_ms: int = 100
    """Shorter gaps are closures of consonants. ElevenLabs has the same default. With 50 ms, 2 more
    runs are cut and 9 fewer are late. With 200 ms, 8 more are late."""

    max_word_delay_ms: int = 500
    """The longest time from a spoken word to its text. Services took 200 to 450 ms, and the takes
    have 300 ms. With 250 ms, 30 runs end later, and 1 fewer is cut for that reason. With 1000 ms,
    all runs are the same, but if the detector misses a word, its text extends the speech by
    less."""

    soft_speech_hangover_ms: int = 1000
    """The longest time for which a speaker is no louder than the background speech. With 850 ms, 2
    of 792 takes were cut, and with 1000 ms none. With 500 ms, 26 more runs are cut. With 2000 ms,
    one run in twenty has a lag of 2.4 s or more, instead of 1.5 s."""

    no_words_hold_ms: int = 350
    """Replaces ``soft_speech_hangover_ms`` if a service that keeps up sends no words for the soft
    speech. With 700 ms, 103 more runs are late. With 170 ms, all runs are the same, because
    ``words_deadline_ms`` gives 350 ms too with the default silence of 600 ms."""

    words_deadline_ms: int = 950
    """A service that keeps up sends the next word at most this long after the last foreground
    speech. The turn does not end earlier. With 1900 ms, 150 more runs are late. With 470 ms, all
    runs are the same, because ``no_words_hold_ms`` gives the same limit with the default silence of
    600 ms."""

    keeps_up_within_ms: int = 1000
    """A service keeps up if its last words arrived at most this long before the last foreground
    speech. A word of half a second, and its text half a second later, need this time. With 500 ms,
    13 lags differ, and with 2000 ms 14. No further run is cut or late, so the takes do not show
    which value is best."""

    length_limit_from_ms: int = 25_000
    """A segment that is at least this long may have ended only because a service limits the length.
    The shortest limit is 30 s, for ElevenLabs. This value is smaller, because the length is
    measured from one answer of the service to the next, and the earlier one may be late. No take
    uses it, because no service ends segments in the benchmark."""

    still_speaking_ms: int = 250
    """The speaker counts as speaking for this time after foreground speech, because no service ends
    a turn after a shorter silence. No take uses this value, because no service ends segments in the
    benchmark."""

    words_only_extra_silence_ms: int = 1500
    """The additional silence if there are words but the detector found no speech. A service may
    have recognised words in noise before the speaker began. No take uses this value, because the
    detector finds the speech in all takes with words."""

    text_hold_ms: int = 300
    """The additional silence after speech that follows an unfinished command. In this time the text
    of that speech arrives, which then decides how long the pause may be. A local engine takes up to
    200 ms for the text. A service sends it 450 ms after the last word, which is 325 ms after the
    flush. No take uses this value, because the benchmark has no house."""

    wants_audio_before_ms: int = 100
    """If a flush or the end may be due within this time, audio is processed as soon as it arrives.
    Otherwise the server reads short chunks every 50 ms, so this is the time of two reads. No take
    uses this value, because the takes are not sent in real time."""


DEFAULT_TUNING: Final = Tuning()
"""The values that the bridge uses."""

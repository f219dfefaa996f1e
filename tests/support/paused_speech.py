"""An utterance with a pause, which a client ends: two words, 400 ms of silence, and one word."""

from sessions import noise
from utterances import silence
from wyoming_bridge.testing import scripted_words

_WORDS = noise(words=2)
_MORE = noise(words=1, seed=1)
SPEECH = _WORDS + silence(400) + _MORE + silence(700)
SPOKEN = " ".join([*scripted_words(_WORDS), *scripted_words(_MORE)])
LENGTH_MS = len(SPEECH) // 32

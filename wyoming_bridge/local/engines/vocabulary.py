"""The words of the scripted engine."""

from typing import Final

__all__ = ["VOCABULARY"]

VOCABULARY: Final = tuple(
    """
    acid acorn actor adult agent alarm album alley amber angel ankle apple apron arena arrow ash
    aunt autumn axis bacon badge baker bamboo banjo barn basil basket beach bead bean beard beaver
    bell belt bench berry birch bishop bison blade blanket bloom boat bone bonus book boot bottle
    bowl brain branch brass bread brick bridge broom brush bubble bucket bull butter cabin cable
    cactus cake camel camp canal candle canoe canvas carbon cargo carpet carrot castle cedar cello
    chain chair chalk cherry chess chest chicken cider cinema circle citrus clay cliff clock cloud
    clover coach coal cobra coconut coffee coin comet copper coral cotton cradle crane crown cube
    curtain dagger daisy dance deck delta denim desert diamond dinner dolphin donkey door dragon
    drum duck dust eagle earth easel echo elbow elder ember engine envoy fabric falcon farm
    feather fence fern ferry fiddle field finger flag flame flute forest fork fossil fox frost
    galaxy garden garlic ghost ginger glacier glove goat gold grape gravel guitar hammer harbor
    harp hat hazel helmet hero hill honey horn hotel ice idol igloo insect iris iron island ivory
    jacket jaguar jam jewel jungle kayak kettle king kite kitten knee ladder lake lamp lantern
    lemon lens lily lion lizard lobster magnet mango maple marble meadow melon mint mirror moon
    moss motor mountain mouse napkin nest nickel north nut oak oasis ocean olive onion orange
    orbit otter oyster paddle palace panda paper parrot peach pearl pencil pepper piano pigeon
    pillow pilot pine planet plum pocket pond poppy prism pumpkin quartz
    quill rabbit raven
    """.split()  # noqa: SIM905 - a list of words reads best as text
)
"""256 words, so that two different blocks of audio have the same word with probability 1/256."""

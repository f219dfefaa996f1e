"""The models of the engines: which there are, and where their files are."""

from .find import ModelError, find_model, has_model, models_folder
from .language import LANGUAGE_FILE, language_of
from .registry import MODELS, ModelFile, ModelRow

__all__ = [
    "LANGUAGE_FILE",
    "MODELS",
    "ModelError",
    "ModelFile",
    "ModelRow",
    "find_model",
    "has_model",
    "language_of",
    "models_folder",
]

"""The models of the engines: a table of them, where their files are, and their languages."""

from .fetched import FetchedModel, fetched_models
from .find import ModelError, NoModelError, find_model, has_model, models_folder
from .language import LANGUAGE_FILE, language_of
from .registry import MODELS, ModelFile, ModelRow

__all__ = [
    "LANGUAGE_FILE",
    "MODELS",
    "FetchedModel",
    "ModelError",
    "ModelFile",
    "ModelRow",
    "NoModelError",
    "fetched_models",
    "find_model",
    "has_model",
    "language_of",
    "models_folder",
]

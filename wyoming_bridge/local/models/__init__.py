"""The models of the engines: which there are, and where their files are."""

from .find import ModelError, find_model, has_model, models_folder
from .registry import MODELS, ModelFile, ModelRow

__all__ = [
    "MODELS",
    "ModelError",
    "ModelFile",
    "ModelRow",
    "find_model",
    "has_model",
    "models_folder",
]

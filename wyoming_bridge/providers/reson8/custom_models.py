"""The custom models of the emulated Reson8, which clients can list."""

from collections.abc import Mapping
from typing import Final

from ..contract import HttpAnswer
from ..emulator import json_answer
from ..server_request import ServerRequest
from .refusal import refusal

__all__ = ["MODELS_PATH", "CustomModels"]

MODELS_PATH: Final = "/v1/custom-model"
"""From the service's documentation."""

_PAGE_SIZE: Final = 100


class CustomModels:
    """Answers requests about the models. A model is a list of phrases that it favours."""

    def __init__(self, models: Mapping[str, tuple[str, ...]]) -> None:
        """Start with the phrases of each model, by the model's name, which is its id too."""
        self._models = models

    def models(self, _request: ServerRequest) -> HttpAnswer:
        """Answer the request for all models."""
        return json_answer(200, [_described(name, p) for name, p in self._models.items()])

    def model(self, request: ServerRequest) -> HttpAnswer:
        """Answer the request for one model."""
        name = request.path_parameters["id"]
        phrases = self._models.get(name)
        if phrases is None:
            return refusal(404, "NOT_FOUND", "no model with this id")
        return json_answer(200, _described(name, phrases))

    def phrases(self, request: ServerRequest) -> HttpAnswer:
        """Answer the request for a page of a model's phrases."""
        phrases = self._models.get(request.path_parameters["id"])
        if phrases is None:
            return refusal(404, "NOT_FOUND", "no model with this id")
        try:
            page = request.whole("page", 0, minimum=0, maximum=1_000_000)
            size = request.whole("size", _PAGE_SIZE, minimum=1, maximum=10_000)
        except ValueError as err:
            return refusal(400, "INVALID_REQUEST", str(err))
        shown = phrases[page * size : (page + 1) * size]
        return json_answer(
            200,
            {
                "phrases": [{"value": phrase} for phrase in shown],
                "page": page,
                "size": size,
                "total": len(phrases),
            },
        )


def _described(name: str, phrases: tuple[str, ...]) -> dict[str, object]:
    return {"id": name, "name": name, "description": "", "phraseCount": len(phrases)}

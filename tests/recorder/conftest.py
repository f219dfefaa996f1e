"""Tests of the recorder run their utterances in virtual time."""

from utterance_fixtures import connector, no_task_is_left, pytest_asyncio_loop_factories

__all__ = ["connector", "no_task_is_left", "pytest_asyncio_loop_factories"]

"""Compares profiles on recordings whose text is known."""

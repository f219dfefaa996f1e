"""Bounds of the tests that say nothing about speed."""

PATIENCE_S = 120
"""How long a test waits for what must happen. It only ends a test that would hang forever: on a
busy machine everything takes many times as long as usual, and that is no failure."""

"""The time limit of all waits in tests. It says nothing about speed."""

PATIENCE_S = 120
"""The longest wait for an event that must happen. It only ends a test that would hang forever, and
is long because a busy machine takes many times as long as usual."""

"""Tests a profile step by step and reports what works and what does not. It prints nothing.

This module imports nothing, because a probe does not need what a check needs.
"""

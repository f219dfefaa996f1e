"""Tests a profile step by step and reports what works and what does not. It prints nothing.

This module imports nothing, so that a probe does not load the modules of a check.
"""

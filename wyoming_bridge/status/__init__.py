"""Serves the status and the metrics of a running bridge over HTTP. This module imports nothing."""

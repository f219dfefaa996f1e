"""The recognisers that the local realtime server can run. ``registry`` has a row for each.

Nothing is imported here, because most processes use at most one engine.
"""

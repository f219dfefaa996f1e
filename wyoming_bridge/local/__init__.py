"""The local realtime server: it speaks the services' own protocols in front of an offline engine.

Nothing is imported here. The web framework takes memory that a bridge to remote services does not
need.
"""

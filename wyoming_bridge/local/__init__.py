"""The local realtime server: the services' own protocols in front of an offline engine.

Nothing is imported here: the web framework costs memory that a bridge to remote services need
not spend.
"""

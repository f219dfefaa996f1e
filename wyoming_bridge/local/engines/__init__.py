"""The recognisers that the local realtime server can run; ``registry`` has a row for each.

Nothing is imported here: the command line and the configuration read the rows, and most programs
run no engine or only one.
"""

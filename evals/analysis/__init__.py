"""From a run's records to what they say: decisions, curves, frontiers, breakdowns, causes.

Every module holds pure functions of a `Run`: no clock, no file, and every die has a fixed seed, so
that the same run always gives the same numbers.
"""

"""From a run's records to what they say: decisions, curves, frontiers, breakdowns, causes. Pure
functions of a run.
"""

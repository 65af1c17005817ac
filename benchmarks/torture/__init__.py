"""Faults of every kind, thousands of them, against all that the program does with files, processes
and endpoints: does it say what is wrong in a line, keep what it had, recover, and never answer
differently without a word?

    python -m benchmarks.torture [--seed N] [--minutes N] [--only KIND] [--cases N]

See `__main__` for what is counted.
"""

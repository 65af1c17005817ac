"""Which settings and weights are fastest for a model on this machine, and whether it runs at
all.
"""

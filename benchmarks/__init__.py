"""One command a claim; each prints its figure and the peer's, measured in the same run."""

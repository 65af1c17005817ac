"""`python -m pipeline` is `thinkscale`."""

from pipeline.cli import main

main()

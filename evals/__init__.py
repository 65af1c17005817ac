"""The harness: tasks, scorers, runner, statistics, price, report."""

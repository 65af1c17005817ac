"""Would the tests notice? See `python -m benchmarks.mutation --help`."""

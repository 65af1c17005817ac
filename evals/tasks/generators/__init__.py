"""Question sets that are generated, with parameters for how hard they are."""

"""Question sets made by a program, with a dial for how hard they are."""

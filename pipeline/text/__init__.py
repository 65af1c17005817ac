"""What holds of a language: sentences, tokens, names, particles, numbers. The only words of a
language stand here.
"""

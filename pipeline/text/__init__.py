"""The knowledge of languages: sentences, tokens, names, particles, numbers. The only words of a
language stand here."""

"""From what a model wrote to an answer that can be counted. Import from the modules:

    parse           extract(reply, kind): the final answer, where it stands, how it was found
    normalise       canonical(answer, kind), same(a, b) with the reason in words
    voting          classes(answers): the groups of equal answers, the heaviest first
    calculator      evaluate(program): arithmetic that a model wrote, computed

These use the standard library only.
"""

"""From what a model wrote to an answer that can be counted. Import from the modules:

    quantities   quantities(text), names(text), stands_in(figure, evidence)
    extract      extract(text, kind) -> Extracted | None
    normalise    canonical(answer, kind), same(a, b) with the reason in words
    votes        tally(answers), tied(votes)
    evaluator    evaluate(program), program_in(reply)

These use the standard library only.
"""

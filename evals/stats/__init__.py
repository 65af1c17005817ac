"""The numbers behind every claim: pure functions of arrays, numpy and the standard library only.

    proportions     accuracy_interval(values, clusters), wilson(right, n): one strategy
    paired          paired_interval(candidate, baseline, clusters), mcnemar: two of them
    flips           sign_flip(candidate, baseline, clusters, seed=): is the difference luck?
    bootstrap       bootstrap_interval(...): BCa, whole clusters
    families        max_t(candidates, baseline, ...), holm(p): many strategies at once
    power           detectable(n, discordance), questions_needed, plan_from(...): before a run
    noninferiority  noninferiority(candidate, baseline, margin): a gate
    votes           pass_at, maj_at, best_at: what k of the stored draws would have scored
    coverage        fit_power_law, fit_beta_binomial, holdout: more draws than were made
    luck            luck_floor(matches, draws, ks): coverage owed to guessing
    frontier        pareto(costs, accuracies), frontier_probability(...)
    factorial       factorial(scores, cells): passages x prompt x samples
    replacement     replacement(thinking, sizes, models): what size of model thinking replaces
    pilot           will_it_help(thinking, baseline), rehearse(...): 20 questions first
    riskcoverage    risk_coverage, choose_threshold: when to say "I don't know"
    calibration     fit_isotonic, fit_platt, expected_calibration_error

Items are questions; clusters (the notes they were made from) are any names, one an item, or None.
What is random takes a seed and gives the same result for the same seed. Bad input is a ValueError
of one line. docs/statistics.md says which question each number answers.
"""

"""The numbers behind every claim: pure functions of arrays, numpy and scipy only.

    proportions     accuracy_interval(values, clusters): one strategy
    paired          paired_interval(candidate, baseline, clusters): two of them
    unpaired        unpaired_interval(second, first, ...): two runs on different questions
    adjusted        the arithmetic of these intervals, for many runs at once
    permutation     sign_flip(candidate, baseline, clusters, seed=): is the difference luck?
    multiple_testing  max_t(candidates, baseline, ...), holm(p), family_alpha: many strategies
    verdict         judge(delta, high, p, margin): what may be said
    noninferiority  noninferiority(candidate, baseline, margin): a gate
    power           detectable(n, discordance), questions_needed: before a run and after
    plan            plan_from(candidate, baseline): how many questions would tell
    votes           pass_at, maj_at, best_at: what k of the stored draws would have scored
    coverage        fit_power_law, fit_beta_binomial, holdout: more draws than were made
    luck            luck_floor(matches, draws, ks): coverage owed to guessing
    frontier        pareto(costs, accuracies), frontier_probability(...)
    factorial       factorial(scores, cells): passages x prompt x samples
    replacement     replacement(thinking, sizes, models): what size of model thinking replaces
    pilot           will_it_help(thinking, baseline), rehearse(...): 20 questions first
    riskcoverage    risk_coverage, choose_threshold: when to say "I don't know"
    bootstrap       resampling whole clusters, for frontiers and sizes of model

Items are questions; clusters (the notes they were made from) are any names, one an item, or None.
What is random takes a seed, or has a fixed one, and gives the same result for the same input. Bad
input is a ValueError of one line. docs/statistics.md says which question each number answers.
"""

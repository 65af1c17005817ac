"""Finds the sentences that answer a question, and whether any does, by what was measured of them.

select.score(seen, near)                  what speaks for one sentence, list or table row
answerability.answerability(inquiry, …)   how sure it is that the best one answers, 0 to 1
"""

"""Which sentences answer a question, and whether any does: by what was measured of them.

select.candidates(hits)                             what may answer, the best first
answerability.answerability(question, language, …)  how sure it is that the first does, 0 to 1
"""

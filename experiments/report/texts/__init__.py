"""The words of the report, and the sentences that are composed from what was found.

A translation is a package with these modules. What a parameter, measure or pattern means stands with its declaration.
Nothing here computes: functions receive numbers and return sentences.
"""

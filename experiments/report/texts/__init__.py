"""Every word of the report, and the sentences that are composed from what was found.

A translation is a package with these modules. Nothing here computes: functions receive numbers and return sentences.
"""

"""A plan, told: Markdown to paste, one HTML page that stands alone, JSON for programs.

``view`` turns plan, ledger and words into plain values of one language; ``markdown`` and ``html`` pour these into
``templates/``. Nothing here decides anything about the plan.
"""

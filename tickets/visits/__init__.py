"""Somebody goes there: visits, the check-ins made at them, the parts that they used.

Read `transitions.py` first (what may follow what), then `steps.py` (what each step brings about) and `services.py`
(the commands). `overtaken.py` is about work on a visit that was called off while its technician had no signal.
"""

"""What we claim about speed, as measurements that anyone can repeat: `make bench`.

Reading path: `__main__` (the table of scenarios, and the run), `dataset` (what lies in the database), `servers` (what
is measured, each a process of its own), `measuring` (how), `scenarios/` (what is asked), `report` (docs/benchmarks.md).
"""

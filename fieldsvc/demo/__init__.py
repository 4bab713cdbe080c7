"""The demonstration: people, stock and a working day that `manage.py load_demo` puts into an empty database.

The tables (`people.py`, `catalogue.py`, `places.py`, `day.py`) say what there is; `loading.py` brings it in through the
same services that everybody uses.
"""

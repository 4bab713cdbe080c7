"""The door for WatermelonDB's `synchronize()`: documents as rows of its tables, cursors as numbers.

1. `columns.py`: a document as a row, and a row as a document.
2. `pulling.py`: what a phone gets, and where it stands afterwards.
3. `pushing.py`: what a phone wrote, as document writes (`sync/writes/`).

`docs/watermelondb.md` is written for those who make the app.
"""

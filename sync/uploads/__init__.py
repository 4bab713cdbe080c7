"""Uploads: bytes that come in pieces over bad lines, are checked when they are whole, and are stored once.

`tus.py` reads and writes the headers of the tus protocol (1.0.0), `views.py` answers it, `services.py` takes the
pieces. A whole upload is judged by `content.py` and kept by `store.py`; `pictures.py` makes it small. What an upload is
for, the engine does not know: a project hears of its end (`SYNC["UPLOAD_ENDED"]`) and holds on to its `StoredFile` with
a foreign key. Why it is built so: `docs/uploads.md`.
"""

"""Documents as written by client libraries that know no operations: what they mean, and performing that.

1. A write says what the device took the server's document to be, and what it has made of it.
2. The document's `meaning` names the operations for that (`sync/registry.py`). What means nothing becomes the operation
   `document.write`, which is always refused: so it is kept like every refusal, and nobody's words vanish.
3. The operations go through push like those of any phone, under ids made of the write: the same write is the same
   operations (`services.py`).
"""

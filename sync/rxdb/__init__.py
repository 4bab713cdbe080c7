"""The adapter for RxDB (`rxdb` on npm, `replicateRxCollection`), one collection at a time. It only translates.

What that client really does, and what follows from it here:

1. It takes a page that is shorter than its batch for the last one, and does not keep the checkpoint of an empty page.
   So pages are full until the end, perhaps longer, never shorter (`selectors.py`).
2. It gives way to whatever a push answers. So a document is answered exactly when it is not what was pushed: compared
   by content, as a revision of ours would differ after each of its own edits (`services.py`).
3. It repeats a batch for ever that is answered by an error. So each row is answered for itself, and 5xx is for our own
   faults alone.
4. After a lost reply it pushes the same again, on the old base. `sync/writes/` knows it again.
5. It may fight with itself over a tombstone in the answer to a push. So tombstones travel by pull alone.
6. While it has an unsent change it passes over what a pull brings of that document, and forgets that it came. So the
   answer to the push brings it.
"""

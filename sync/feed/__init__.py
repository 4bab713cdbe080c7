"""The feed: the newest state of every document in every scope that follows it, ready to be sent.

1. A trigger marks the document in the same transaction, whoever writes the row (`marks.py`).
2. At the end of a command the marks of its transaction are served; marks left by anybody else are caught up with by
   the next pull or by the worker (`services.py`).
3. Serving locks the document, renders it, and gives every entry that differs a new number from its scope's counter,
   which stays locked until the commit. In one scope, therefore, the order of numbers is the order of commits.
4. A pull reads entries above the cursor, and nothing else (`selectors.py`).
"""

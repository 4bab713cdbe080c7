"""Where the books and what really happened disagree, and who has to find out why."""

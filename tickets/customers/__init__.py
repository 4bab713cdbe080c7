"""One view of a customer: all that an agent has to know while they are on the line."""

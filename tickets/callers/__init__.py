"""Who is calling: found while the agent is still typing, by whatever the caller says first."""

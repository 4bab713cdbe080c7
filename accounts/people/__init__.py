"""People and their roles: who somebody is, where they act, whom they may see."""

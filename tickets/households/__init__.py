"""Who has bound a service account, and what residents do with it themselves: bind, leave, move house, hand it over."""

"""Who goes where today, in which order: plans of a day that are made, looked at, and accepted as a whole or in part."""

"""Reports of what may be one fault: found, linked, merged, told apart; and faults that come back."""

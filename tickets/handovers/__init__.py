"""Hand-overs: at the end of a shift the desk hands over what is open; whoever gave it answers for it until the yes."""

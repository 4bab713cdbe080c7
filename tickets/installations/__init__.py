"""What was newly put in waits until somebody has accepted it who has not put it in."""

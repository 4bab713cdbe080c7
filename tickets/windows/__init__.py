"""The resident chooses when somebody comes, and changes it while that can be done."""

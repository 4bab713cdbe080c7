"""Whether notices have reached those for whom they were meant: what a desk may see of it, without their words."""

"""What happens step by step while nobody acknowledges a notice, and what happened."""

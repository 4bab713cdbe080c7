"""What somebody has agreed to, and taken back: our terms, and by which ways we may write to them."""

"""Photos, signatures and documents of tickets. The record comes first; its content may follow days later."""

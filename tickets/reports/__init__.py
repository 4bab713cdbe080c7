"""Statistics of tickets: how well promises were kept, how long work took, how satisfied people were."""

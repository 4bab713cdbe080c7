"""Where two truths met: what the device wrote stands beside what the server has, until a person resolves it."""

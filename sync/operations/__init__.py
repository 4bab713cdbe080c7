"""Operations of phones: what was done without signal, applied once, in order, and answered one by one."""

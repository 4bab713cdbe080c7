"""What our technicians could not find out goes to the next level: to the supervisors of the territory."""

"""Why residents and technicians are satisfied or not."""

"""What people answer to our SMS: an end to them, a word to the desk."""

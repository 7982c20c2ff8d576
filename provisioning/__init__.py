"""The domain: directories, what they say of people, and what follows from it."""

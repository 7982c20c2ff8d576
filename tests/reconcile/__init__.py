"""A little world to plan in, and an interpreter of plans that shares no line with the store."""

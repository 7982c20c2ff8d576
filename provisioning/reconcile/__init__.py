"""Deciding, pure: from what is known to what must change, and how it is told."""

"""Plays what identity providers send against a SCIM server, and judges the answers."""

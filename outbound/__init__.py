"""Asking servers of the internet on somebody else's word."""

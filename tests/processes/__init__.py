"""Real processes, started as customers start them; and what kills them."""

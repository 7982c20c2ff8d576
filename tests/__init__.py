"""What the project promises, said as tests against real servers."""

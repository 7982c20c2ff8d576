"""What a machine carries, each figure beside a floor of the same run."""

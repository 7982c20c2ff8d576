"""The command line: `provisioning …`."""

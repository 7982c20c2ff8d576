"""The version of this distribution, which the User-Agent carries."""

VERSION = "0.1.0"

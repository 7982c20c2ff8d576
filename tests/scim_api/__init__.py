"""The SCIM endpoint over real HTTP."""

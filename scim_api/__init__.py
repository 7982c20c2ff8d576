"""SCIM 2.0 over HTTP (RFC 7643, RFC 7644): routes translate, and decide nothing."""

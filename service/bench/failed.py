"""The one way in which a measurement ends without figures."""


class Failed(Exception):
    """Something did not answer as it should; what was measured until then says nothing."""

"""The one way in which a demo or a measurement ends without a result."""


class Failed(Exception):
    """Something did not answer as it should; what there is until then says nothing."""

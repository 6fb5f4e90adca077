"""What the extensions need of threads, where there are none; see :mod:`microdot.threads`."""


class Alone:
    """A lock for ``async with``, and a repeated call, where there is only one thread: nothing to do for either."""

    async def __aenter__(self):
        pass

    async def __aexit__(self, *args):
        pass

    def cancel(self):
        """Do nothing."""

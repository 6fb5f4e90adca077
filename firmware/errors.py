"""The one error that reaches a user as a line of text."""


class UserError(Exception):
    """What went wrong and what to do next, in one lower-case line; the command line prints it and exits with `status`.

    :param message: quotes the offending value and names the next step.
    :param detail: lines printed below it (the compiler's error, a list of choices), or ''.
    :param status: the process's exit status, never 0.
    """

    def __init__(self, message, *, detail="", status=1):
        super().__init__(message)
        self.detail = detail
        self.status = status

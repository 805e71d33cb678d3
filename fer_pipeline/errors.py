"""The one exception that people, not programmers, are meant to read."""


class InputError(ValueError):
    """Bad input: the message says what is wrong, the value received, what is allowed, where, and the repair.

    The command line and the stage launcher print it without a traceback and exit with 1.
    """

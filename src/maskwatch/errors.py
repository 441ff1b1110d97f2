"""The one exception that the command line turns into a sentence and exit code 2."""


class UserError(Exception):
    """Something the user can put right: bad input, a wrong setting, a missing file.

    The message is one clear sentence that says what is wrong, where (`file:line`, field or camera) and what
    to do about it. Nothing was half-written when it is raised.
    """

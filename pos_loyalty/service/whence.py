"""Where an error came from, without what it said: fit for a log that may hold no personal data."""

import traceback


def whence(error: BaseException) -> str:
    """Return the type of ``error`` and the places it passed, innermost last, without any message or value."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {places}"

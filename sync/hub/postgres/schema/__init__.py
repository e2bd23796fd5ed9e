"""The schema as numbered SQL files. A file that was released is never edited: the next step is the next number."""

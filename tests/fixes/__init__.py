"""Tests of the edits on files, with a judge of their own: other readers say what a text holds."""

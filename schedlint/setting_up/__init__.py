"""What `schedlint init` does: look through a project, and begin its settings and its hook.

`survey.py` tells what there is, `section.py` writes the settings as text, `hook.py` the entry for
pre-commit; `addition.py` is a text that goes to the end of a file or into it, proved before it is
written.
"""

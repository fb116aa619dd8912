"""`python -m schedlint`."""

from schedlint.cli import main

main()

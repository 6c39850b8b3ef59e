"""`python -m resetapp` is `resetapp`."""

from resetapp.cli import main

main()

"""`python -m drawdeploy`."""

from drawdeploy.cli import main

main()

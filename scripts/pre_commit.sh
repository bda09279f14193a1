#!/bin/sh
# A git hook with the checks of `make check`: ln -s ../../scripts/pre_commit.sh .git/hooks/pre-commit
exec make --no-print-directory check

# shellcheck shell=bash
# common.sh: a scenario is a process of its own inside the lab that tests/e2e/run has begun. Source it.
. "$repository/tests/support/shell.sh"
. "$repository/tests/e2e/lab.sh"
. "$repository/tests/e2e/stack.sh"
[ -n "${LAB_DIR:-}" ] || die "scenarios are started by tests/e2e/run"
